import { db } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** The maximum number of rows that one statement deletes or changes, because each has only a second (lib/db.ts). */
const BATCH = 1000;

/** Runs a statement that changes at most `most` rows until it finds fewer. Returns how many it changed in all. */
export async function inBatches(change: (most: number) => Promise<number>): Promise<number> {
  const changed = await change(BATCH);
  return changed < BATCH ? changed : changed + (await inBatches(change));
}

/**
 * Deletes the rows of a table that meet a condition, by default all. Returns how many. Each statement repeats the
 * condition: another transaction may change a row while the statement waits for it. Throws an Outage.
 */
export async function deleteRows(table: Prisma.Sql, which = Prisma.sql`true`): Promise<number> {
  return inBatches(
    (most) => db().$executeRaw`
      DELETE FROM ${table} WHERE ${which} AND ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${which} LIMIT ${most}))`,
  );
}
