import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { env } from "@/lib/env";
import { processWide } from "@/lib/process-wide";
import { Prisma } from "@/prisma/client/client";

// What administrators see over time and no line of the ledger tells: throttled guesses,
// of which a flood would drown the ledger, and how many sessions were active ("live").

/** `throttled` is a sum per hour; `live` is the hour's maximum. */
type HourlyName = "throttled" | "live";

// Pages count, and the server around them stores: both have to mean the same number.
const throttled = processWide("latchkeyThrottled", () => ({ count: 0 }));

/** Counts a throttled guess. */
export function countThrottled(): void {
  throttled.count++;
}

/** Stores the throttled guesses that were counted since the last time. Throws an Outage; the next call then stores them, too. */
export async function storeThrottled(): Promise<void> {
  const { count } = throttled;
  if (count === 0) return;
  throttled.count = 0;
  try {
    await db().$executeRaw`
      INSERT INTO hourly_counts AS h (name, hour, count) VALUES ('throttled', date_trunc('hour', now(), 'UTC'), ${count})
      ON CONFLICT (name, hour) DO UPDATE SET count = h.count + excluded.count`;
  } catch (error) {
    throttled.count += count;
    throw error;
  }
}

/** Stores how many sessions are active now, if that is this hour's maximum. Throws an Outage. */
export async function storeActive(count: number): Promise<void> {
  await db().$executeRaw`
    INSERT INTO hourly_counts AS h (name, hour, count) VALUES ('live', date_trunc('hour', now(), 'UTC'), ${count})
    ON CONFLICT (name, hour) DO UPDATE SET count = greatest(h.count, excluded.count)`;
}

/** What was counted on each of the last 30 days, by UTC, oldest first: the sum, or the maximum of `live`. Throws an Outage. */
export async function readByDay(name: HourlyName): Promise<{ day: string; count: number }[]> {
  return db().$queryRaw<{ day: string; count: number }[]>`
    SELECT to_char(day, 'YYYY-MM-DD') AS day,
           coalesce(CASE WHEN ${name} = 'live' THEN max(h.count) ELSE sum(h.count) END, 0)::int AS count
      FROM generate_series(date_trunc('day', now() AT TIME ZONE 'UTC') - interval '29 days', now() AT TIME ZONE 'UTC', interval '1 day') AS day
      LEFT JOIN hourly_counts h ON h.name = ${name} AND h.hour >= day AT TIME ZONE 'UTC'
                               AND h.hour < (day + interval '1 day') AT TIME ZONE 'UTC'
     GROUP BY day ORDER BY day`;
}

/** Deletes what is older than the ledger keeps anything. Returns how many hours. */
export async function sweepHourly(): Promise<number> {
  return db().$executeRaw`DELETE FROM hourly_counts WHERE ${isTooOld()}`;
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countOldHours(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM hourly_counts WHERE ${isTooOld()}`);
}

function isTooOld(): Prisma.Sql {
  return Prisma.sql`hour < now() - make_interval(secs => ${env().LEDGER_LIFETIME / 1000})`;
}
