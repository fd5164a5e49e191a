import { ButtonLink } from "./button-link";

type Props = {
  path: string;
  /** What else stands in the address. */
  query: Record<string, string | null | undefined>;
  /** Where this page begins; null for the first. */
  after: string | null;
  /** Where the next page begins; null for none. */
  next: string | null;
  /** What these places are called in the address. */
  name?: string;
};

/** From a page of a long list to the next, and back to the first. */
export function Pager({ path, query, after, next, name = "after" }: Props) {
  if (!after && !next) return null;
  return (
    <p className="mt-4 flex gap-3 print:hidden">
      {after && (
        <ButtonLink kind="secondary" href={address(path, query)}>
          Newest
        </ButtonLink>
      )}
      {next && (
        <ButtonLink kind="secondary" href={address(path, { ...query, [name]: next })}>
          Earlier
        </ButtonLink>
      )}
    </p>
  );
}

/** An address with those of the parameters that are given. */
export function address(path: string, parameters: Record<string, string | null | undefined>): string {
  const given = Object.entries(parameters).filter((each): each is [string, string] => Boolean(each[1]));
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
