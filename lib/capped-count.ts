import type { Prisma } from "@/prisma/client/client";
import { db } from "./db";

/** The highest count. Beyond it we say "more than", so that no page waits while Postgres counts millions of rows. */
export const COUNTED = 10_000;

/** Counts the rows of a SELECT, but no further than `COUNTED` + 1. Throws an Outage. */
export async function countRows(select: Prisma.Sql): Promise<number> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (${select} LIMIT ${COUNTED + 1}) AS those`;
  return row?.count ?? 0;
}

/** A count from `countRows` as text: "1,234", or "more than 10,000". */
export function countInWords(count: number): string {
  return count > COUNTED ? `more than ${COUNTED.toLocaleString("en")}` : count.toLocaleString("en");
}
