import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";

// Daily sums, which a trigger of the ledger maintains (see DailyCount in the schema). A page that shows them
// reads one row per day, however long the ledger is.

/** The number of days shown, including today. */
const SHOWN = 30;

/** The user id for the sums of all users. */
const EVERYBODY = "00000000-0000-0000-0000-000000000000";

/** Rows deleted per statement. */
const BATCH = 1000;

export type Day = { day: string; signIns: number; failures: number };

/**
 * Counts the log-ins and failed log-ins of a user, or of all users with null, for each of the last
 * 30 days in UTC, oldest first. Throws an Outage.
 */
export async function countByDay(userId: string | null): Promise<Day[]> {
  return db().$queryRaw<Day[]>`
    SELECT to_char(today.day - ago, 'YYYY-MM-DD') AS day,
           coalesce(sum(d.sign_ins), 0)::int AS "signIns", coalesce(sum(d.failures), 0)::int AS failures
      FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS today
     CROSS JOIN generate_series(0, ${SHOWN - 1}::int) AS ago
      LEFT JOIN daily_counts d ON d.user_id = ${userId ?? EVERYBODY}::uuid AND d.day = today.day - ago
     GROUP BY today.day - ago ORDER BY today.day - ago`;
}

/** Deletes sums older than the days shown, or older than the ledger. Returns how many. */
export async function sweepDaily(): Promise<number> {
  const deleted = await db().$executeRaw`DELETE FROM daily_counts WHERE id IN (${tooOld()} LIMIT ${BATCH})`;
  return deleted < BATCH ? deleted : deleted + (await sweepDaily());
}

/** How many sums that sweep would delete, up to the limit of `countRows`. */
export async function countOldDays(): Promise<number> {
  return countRows(tooOld());
}

function tooOld(): Prisma.Sql {
  const seconds = Math.min(env().LEDGER_LIFETIME, SHOWN * DAY) / 1000;
  return Prisma.sql`
    SELECT id FROM daily_counts WHERE day < (now() AT TIME ZONE 'UTC' - make_interval(secs => ${seconds}))::date`;
}
