/** The maximum number of rows that one statement deletes or changes, because each has only a second (lib/db.ts). */
const BATCH = 1000;

/**
 * Runs a statement that changes at most `most` rows until it finds fewer. Returns how many it changed in all. The statement
 * names its rows by their `ctid`, and repeats their condition: another transaction may change one while it waits for it.
 */
export async function inBatches(change: (most: number) => Promise<number>): Promise<number> {
  const changed = await change(BATCH);
  return changed < BATCH ? changed : changed + (await inBatches(change));
}
