import { Link } from "@/app/ui/link/link";
import { address, Pager } from "@/app/ui/link/pager";
import { COUNTED } from "@/lib/capped-count";
import { words } from "@/lib/words";

// Long lists are read page by page, each from where the last one ended. The address of a page
// says how many rows came before, so that the page can count on.

const SIZES = [25, 50, 100] as const;

const USUAL = 50;

/**
 * Where a page is: the number of rows before it, and the cursor of the row that it follows; null for the first page.
 * `isBack`: it is the page that ends before that row.
 */
type Place<Cursor> = { before: number; cursor: Cursor | null; isBack: boolean };

/** The number of rows on a page, from a query parameter. */
export function parseSize(text: unknown): number {
  return SIZES.find((size) => String(size) === text) ?? USUAL;
}

/** The place in a query parameter, such as "50_cursor", or "50-cursor" on the way back. An invalid one is that of the first page. */
export function parsePlace<Cursor>(text: unknown, parse: (cursor: string) => Cursor | null): Place<Cursor> {
  const [, before = "", way, cursor = ""] = /^(\d{1,9})([_-])(.+)$/.exec(String(text ?? "")) ?? [];
  const parsed = parse(cursor);
  return { before: parsed === null ? 0 : Number(before), cursor: parsed, isBack: parsed !== null && way === "-" };
}

/** The rows of a page, the number of rows before it, and the query parameters of the pages before and after it, or null. */
export type Page<Row> = { rows: Row[]; before: number; previous: string | null; next: string | null };

type Reading<Row, Cursor> = {
  place: Place<Cursor>;
  size: number;
  /** Reads rows after a cursor, in the order of the list or in the opposite one, and says whether there are more. */
  read: (after: Cursor | null, isReversed: boolean) => Promise<{ rows: Row[]; hasMore: boolean }>;
  /** The cursor of a row, as text. */
  cursorOf: (row: Row) => string;
};

/** Reads a page of a list, in either direction from its cursor. Throws what `read` throws. */
export async function readPage<Row, Cursor>(reading: Reading<Row, Cursor>): Promise<Page<Row>> {
  const { place, size, read, cursorOf } = reading;
  const { rows, hasMore } = await read(place.cursor, place.isBack);
  // Rows may have gone since the link to this page was made. Then it is the first page, which has more of them.
  if (place.isBack && rows.length < size)
    return readPage({ ...reading, place: { before: 0, cursor: null, isBack: false } });

  if (place.isBack) rows.reverse();
  const before = place.isBack && !hasMore ? 0 : place.before;
  const [first, last] = [rows[0], rows.at(-1)];
  const hasPrevious = place.isBack ? hasMore : place.cursor !== null;
  const hasNext = place.isBack || hasMore;
  return {
    rows,
    before,
    previous: hasPrevious && first !== undefined ? `${Math.max(0, before - size)}-${cursorOf(first)}` : null,
    next: hasNext && last !== undefined ? `${before + rows.length}_${cursorOf(last)}` : null,
  };
}

type Props = {
  path: string;
  /** The other query parameters. */
  query: Record<string, string | null | undefined>;
  place: Place<unknown>;
  size: number;
  page: Page<unknown>;
  /** The number of rows of all pages, counted up to `COUNTED`. */
  total: number;
};

/** Says which rows a page shows, and leads to those before and after them, or to pages of another size. */
export function Paging({ path, query, place: { cursor }, size, page, total }: Props) {
  const { rows, before, previous, next } = page;
  const shown = rows.length;
  if (shown === 0 && cursor === null) return null;
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
          after={cursor === null ? null : String(before)}
          previous={previous}
          next={next}
        />
      </div>
    </div>
  );
}
