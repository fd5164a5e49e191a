import { deleteRows } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { db, prepared } from "@/lib/db";
import { env } from "@/lib/env";
import { processWide } from "@/lib/process-wide";
import { Prisma } from "@/prisma/client/client";
import { daysTable, type Reader } from "./days";

// Figures for administrators that are not in the ledger: throttled guesses, because a flood of them would
// drown everything else, and the number of active sessions ("live").

/** `throttled` is a sum per quarter of an hour; `live` is the quarter's maximum. */
type HourlyName = "throttled" | "live";

// Pages count and the server around them stores, so both must use the same counter.
const throttled = processWide("latchkeyThrottled", () => ({ count: 0 }));

/** Counts a throttled guess. */
export function countThrottled(): void {
  throttled.count++;
}

/** Stores the throttled guesses counted since the last call. Throws an Outage; the next call then stores them, too. */
export async function storeThrottled(): Promise<void> {
  const { count } = throttled;
  if (count === 0) return;
  throttled.count = 0;
  try {
    await db().$executeRaw`
      INSERT INTO hourly_counts AS h (name, hour, count) VALUES ('throttled', ${thisQuarter()}, ${count})
      ON CONFLICT (name, hour) DO UPDATE SET count = h.count + excluded.count`;
  } catch (error) {
    throttled.count += count;
    throw error;
  }
}

/** Stores how many sessions are active now, if that is the maximum of this quarter of an hour. Throws an Outage. */
export async function storeActive(count: number): Promise<void> {
  await prepared(
    null,
    Prisma.sql`
    INSERT INTO hourly_counts AS h (name, hour, count) VALUES ('live', ${thisQuarter()}, ${count})
    ON CONFLICT (name, hour) DO UPDATE SET count = greatest(h.count, excluded.count)`,
  );
}

/**
 * The figures of the reader's last 30 days, oldest first, including today: the sum of each day, or
 * for `live` its maximum. Throws an Outage.
 */
export async function readByDay(name: HourlyName, reader: Reader): Promise<{ day: string; count: number }[]> {
  return db().$queryRaw<{ day: string; count: number }[]>`
    SELECT days.day, figure.count
      FROM ${daysTable(reader)}
     CROSS JOIN LATERAL (
       SELECT coalesce(CASE WHEN ${name} = 'live' THEN max(count) ELSE sum(count) END, 0)::int AS count
         FROM hourly_counts
        WHERE name = ${name} AND hour >= days.since AND hour < days.until) AS figure
     ORDER BY days.day`;
}

/** Deletes figures older than the ledger. Returns how many rows. */
export async function sweepHourly(): Promise<number> {
  return deleteRows(Prisma.sql`hourly_counts`, isTooOld());
}

/** How many rows that sweep would delete, up to the limit of `countRows`. */
export async function countOldHours(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM hourly_counts WHERE ${isTooOld()}`);
}

function isTooOld(): Prisma.Sql {
  return Prisma.sql`hour < now() - make_interval(secs => ${env().LEDGER_LIFETIME / 1000})`;
}

/** When the current quarter of an hour began. */
function thisQuarter(): Prisma.Sql {
  return Prisma.sql`date_bin('15 minutes', now(), timestamptz 'epoch')`;
}
