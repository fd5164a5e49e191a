import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";

// The sums of each day, which a trigger of the ledger keeps (see DailyCount in the schema). However long
// the ledger is, a page that shows them reads a row for each day.

/** Days that are shown, today among them. */
const SHOWN = 30;

/** Whose sums are everybody's. */
const EVERYBODY = "00000000-0000-0000-0000-000000000000";

/** Rows deleted in one statement. */
const BATCH = 1000;

export type Day = { day: string; signIns: number; failures: number };

/** How often a user, or with null anybody, has logged in and failed to, for each of the last 30 days, by UTC, oldest first. Throws an Outage. */
export async function countByDay(userId: string | null): Promise<Day[]> {
  return db().$queryRaw<Day[]>`
    SELECT to_char(today.day - ago, 'YYYY-MM-DD') AS day,
           coalesce(sum(d.sign_ins), 0)::int AS "signIns", coalesce(sum(d.failures), 0)::int AS failures
      FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS today
     CROSS JOIN generate_series(0, ${SHOWN - 1}::int) AS ago
      LEFT JOIN daily_counts d ON d.user_id = ${userId ?? EVERYBODY}::uuid AND d.day = today.day - ago
     GROUP BY today.day - ago ORDER BY today.day - ago`;
}

/** Deletes the sums of days that are shown no more, or of which the ledger keeps nothing. Returns how many. */
export async function sweepDaily(): Promise<number> {
  const deleted = await db().$executeRaw`DELETE FROM daily_counts WHERE id IN (${tooOld()} LIMIT ${BATCH})`;
  return deleted < BATCH ? deleted : deleted + (await sweepDaily());
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countOldDays(): Promise<number> {
  return countRows(tooOld());
}

function tooOld(): Prisma.Sql {
  const seconds = Math.min(env().LEDGER_LIFETIME, SHOWN * DAY) / 1000;
  return Prisma.sql`
    SELECT id FROM daily_counts WHERE day < (now() AT TIME ZONE 'UTC' - make_interval(secs => ${seconds}))::date`;
}
