import type { Prisma } from "@/prisma/client/client";
import { db } from "./db";

/** The maximum that is counted: beyond it the answer is "more", and nobody waits for a count of millions. */
export const COUNTED = 10_000;

/** How many rows a SELECT has; more than `COUNTED` are not counted. Throws an Outage. */
export async function countRows(select: Prisma.Sql): Promise<number> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (${select} LIMIT ${COUNTED + 1}) AS those`;
  return row?.count ?? 0;
}

/** Such a count in words: "1,234", or "more than 10,000". */
export function countInWords(count: number): string {
  return count > COUNTED ? `more than ${COUNTED.toLocaleString("en")}` : count.toLocaleString("en");
}
