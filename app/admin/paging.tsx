import { Link } from "@/app/ui/link/link";
import { address, Pager } from "@/app/ui/link/pager";
import { COUNTED } from "@/lib/capped-count";
import { words } from "@/lib/words";

// Long lists are read page by page, each from where the last one ended. The address of a page
// says how many rows came before, so that the page can count on.

const SIZES = [25, 50, 100] as const;

const USUAL = 50;

/** Where a page begins: the number of rows before it, and the cursor; null for the first page. */
type Place<Cursor> = { before: number; after: Cursor | null };

/** The number of rows on a page, from a query parameter. */
export function parseSize(text: unknown): number {
  return SIZES.find((size) => String(size) === text) ?? USUAL;
}

/** The place in a query parameter. An invalid one is that of the first page. */
export function parsePlace<Cursor>(text: unknown, parse: (cursor: string) => Cursor | null): Place<Cursor> {
  const [, before = "", cursor = ""] = /^(\d{1,9})_(.+)$/.exec(String(text ?? "")) ?? [];
  const after = parse(cursor);
  return after === null ? { before: 0, after } : { before: Number(before), after };
}

type Props = {
  path: string;
  /** The other query parameters. */
  query: Record<string, string | null | undefined>;
  place: Place<unknown>;
  size: number;
  /** The number of rows on this page, and of all pages, counted up to `COUNTED`. */
  shown: number;
  total: number;
  /** The cursor of the next page; null if there is none. */
  next: string | null;
};

/** Says which rows a page shows, and leads to the next ones, or to pages of another size. */
export function Paging({ path, query, place: { before, after }, size, shown, total, next }: Props) {
  if (shown === 0 && after === null) return null;
  const { t } = words();
  const last = before + shown;
  const isCapped = total > COUNTED && next !== null;
  // The last page ends the count. On others, rows may have been added since the first page was read.
  const all = {
    total: next === null ? last : Math.max(isCapped ? COUNTED : total, last),
    capped: isCapped ? "yes" : "no",
  };
  const kept = { ...query, ...(size !== USUAL && { size: String(size) }) };

  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-6 gap-y-2 text-sm text-muted">
      <p className="tabular-nums">{shown > 0 && t("adminPage.range", { first: before + 1, last, ...all })}</p>
      {total > SIZES[0] && (
        <p className="flex flex-wrap items-center gap-x-1 print:hidden">
          <span>{t("adminPage.pageSize")}</span>
          {SIZES.map((each) => (
            <Link
              key={each}
              href={address(path, { ...query, size: each === USUAL ? null : String(each) })}
              aria-current={each === size ? "true" : undefined}
              prefetch={false}
              className="inline-flex min-h-11 min-w-9 items-center justify-center underline underline-offset-4 hover:text-ink sm:min-h-9 aria-[current]:font-medium aria-[current]:text-ink aria-[current]:no-underline"
            >
              {each}
            </Link>
          ))}
        </p>
      )}
      <div className="ms-auto *:mt-0">
        <Pager
          path={path}
          query={kept}
          after={after === null ? null : String(before)}
          next={next && `${last}_${next}`}
        />
      </div>
    </div>
  );
}
