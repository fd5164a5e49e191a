import { expect, test } from "vitest";
import { parsePlace, readPage } from "./paging";

const parse = (cursor: string) => (/^\d+$/.test(cursor) ? Number(cursor) : null);

/** Follows a link of pages of ten rows from a list of numbers, read in order. */
function pageOf(list: number[], link: string | null) {
  const read = async (after: number | null, isReversed: boolean) => {
    const ordered = isReversed ? [...list].reverse() : list;
    const rest = ordered.filter((row) => after === null || (isReversed ? row < after : row > after));
    return { rows: rest.slice(0, 10), hasMore: rest.length > 10 };
  };
  return readPage({ place: parsePlace(link, parse), size: 10, read, cursorOf: String });
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index);

test("the pages of a list lead forth and back, each with the same rows and numbers", async () => {
  const list = upTo(25);
  const forth = [await pageOf(list, null)];
  for (let next = forth[0]?.next; next; next = forth.at(-1)?.next) forth.push(await pageOf(list, next));
  expect(forth.map(({ rows, before }) => [before, rows.length])).toEqual([
    [0, 10],
    [10, 10],
    [20, 5],
  ]);

  const back = [forth.at(-1)];
  for (let previous = back[0]?.previous; previous; previous = back.at(-1)?.previous)
    back.push(await pageOf(list, previous));
  expect(back.map((page) => [page?.before, page?.rows])).toEqual(
    forth.reverse().map(({ before, rows }) => [before, rows]),
  );
  expect(back.at(-1)?.next).toBe("10_9");
});

test("a page before fewer rows than fit on it is the first page", async () => {
  expect(await pageOf([7, 8, 9, 20, 21], "10-9")).toEqual({
    rows: [7, 8, 9, 20, 21],
    before: 0,
    previous: null,
    next: null,
  });
});

test("rows that were added before it make a page back lead to one more page back", async () => {
  const page = await pageOf(upTo(25), "0-15");
  expect(page).toMatchObject({ rows: [5, 6, 7, 8, 9, 10, 11, 12, 13, 14], previous: "0-5", next: "10_14" });
});

test.each([null, "", "10", "10_x", "x-5", "-5", "10+5", undefined, {}])("%j is the place of the first page", (text) => {
  expect(parsePlace(text, parse)).toEqual({ before: 0, cursor: null, isBack: false });
});
