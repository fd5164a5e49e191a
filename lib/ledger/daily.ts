import { inBatches } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { env } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";
import { daysTable, NEEDED, QUARTER, type Reader } from "./days";

// Sums per quarter of an hour, which a trigger of the ledger maintains (see DailyCount in the schema). A page that
// shows them by day reads about 96 rows per day, however long the ledger is.

/** The user id for the sums of all users. */
const EVERYBODY = "00000000-0000-0000-0000-000000000000";

export type Day = { day: string; signIns: number; failures: number };

/**
 * Counts the log-ins and failed log-ins of a user, or of all users with null, for each of the
 * reader's last 30 days, oldest first, including today. Throws an Outage.
 */
export async function countByDay(userId: string | null, reader: Reader): Promise<Day[]> {
  return db().$queryRaw<Day[]>`
    SELECT days.day, sums.*
      FROM ${daysTable(reader)}
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(sign_ins), 0)::int AS "signIns", coalesce(sum(failures), 0)::int AS failures
         FROM daily_counts
        WHERE user_id = ${userId ?? EVERYBODY}::uuid AND since >= days.since AND since < days.until) AS sums
     ORDER BY days.day`;
}

/** The stored sums of a user per quarter of an hour, the newest first. Throws an Outage. */
export async function listSums(userId: string): Promise<{ since: Date; signIns: number; failures: number }[]> {
  return db().$queryRaw<{ since: Date; signIns: number; failures: number }[]>`
    SELECT since, sum(sign_ins)::int AS "signIns", sum(failures)::int AS failures
      FROM daily_counts WHERE user_id = ${userId}::uuid GROUP BY since ORDER BY since DESC`;
}

/** Deletes sums older than the days shown, or older than the ledger. Returns how many. */
export async function sweepDaily(): Promise<number> {
  return inBatches((most) => db().$executeRaw`DELETE FROM daily_counts WHERE id IN (${tooOld()} LIMIT ${most})`);
}

/** How many sums that sweep would delete, up to the limit of `countRows`. */
export async function countOldDays(): Promise<number> {
  return countRows(tooOld());
}

/** Selects sums that are too old: the last moment of their quarter of an hour, not only the first. */
function tooOld(): Prisma.Sql {
  const seconds = (Math.min(env().LEDGER_LIFETIME, NEEDED) + QUARTER) / 1000;
  return Prisma.sql`SELECT id FROM daily_counts WHERE since <= now() - make_interval(secs => ${seconds})`;
}
