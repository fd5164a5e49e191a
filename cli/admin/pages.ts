/** The maximum number of items per statement. */
const PAGE = 1000;

/** Reads the first `limit` items, page by page. `more` is true when further items exist. */
export async function readPages<Item>(
  limit: number,
  read: (after: string | null, size: number) => Promise<{ items: Item[]; next: string | null }>,
): Promise<{ items: Item[]; more: boolean }> {
  const all: Item[] = [];
  let after: string | null = null;
  do {
    const { items, next } = await read(after, Math.min(PAGE, limit - all.length));
    all.push(...items);
    after = next;
  } while (after && all.length < limit);
  return { items: all, more: after !== null };
}
