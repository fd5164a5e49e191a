import { words } from "@/lib/words";
import { ButtonLink } from "./button-link";

type Props = {
  path: string;
  /** The other query parameters. */
  query: Record<string, string | null | undefined>;
  /** The cursor of this page; null for the first page. */
  after: string | null;
  /** The cursor of the page before this one, if the list can be read backwards; null for none. */
  previous?: string | null;
  /** The cursor of the next page; null if there is none. */
  next: string | null;
  /** The name of the cursor in the query. */
  name?: string;
};

/** Links from a page of a long list to the pages before and after it, and back to the first. */
export function Pager({ path, query, after, previous = null, next, name = "after" }: Props) {
  if (!after && !next) return null;
  const { t } = words();

  return (
    <p className="mt-4 flex flex-wrap gap-3 print:hidden">
      {after && (
        <ButtonLink kind="secondary" href={address(path, query)}>
          {t("pager.newest")}
        </ButtonLink>
      )}
      {previous && (
        <ButtonLink kind="secondary" href={address(path, { ...query, [name]: previous })}>
          {t("pager.later")}
        </ButtonLink>
      )}
      {next && (
        <ButtonLink kind="secondary" href={address(path, { ...query, [name]: next })}>
          {t("pager.earlier")}
        </ButtonLink>
      )}
    </p>
  );
}

/** A path with a query of all parameters that are not empty. */
export function address(path: string, parameters: Record<string, string | null | undefined>): string {
  const given = Object.entries(parameters).filter((each): each is [string, string] => Boolean(each[1]));
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
