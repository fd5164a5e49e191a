import { setTimeout as pause } from "node:timers/promises";
import { isOutage, prepared } from "@/lib/db";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { Prisma } from "@/prisma/client/client";

// What this process knows from Postgres: which copies in Redis may answer, and the time.

/** How often to ask, in milliseconds. A change by hand in SQL takes effect after at most this time. */
const INTERVAL = 500;

/**
 * How long a copy is closed before another process of Redis may have the next one, in milliseconds. By then every
 * instance has asked, unless Postgres does not answer it.
 */
export const CLOSED_FOR = 1500;

/**
 * How long Redis is trusted while Postgres does not respond, in milliseconds. Meanwhile nobody can end
 * a session, unless this instance alone has lost Postgres.
 */
const TRUST = 10 * 60 * 1000;

/** How long a comparison of the clocks is used, in milliseconds, unless there is no newer one. */
const SAMPLE_KEPT = 10_000;

/** How often to record that this instance reads from Redis, and how long that counts, in milliseconds. */
const HEARTBEAT = 10_000;
const HEARTBEAT_KEPT = 60_000;

/** Postgres' clock minus ours, which only ever goes forward, and by how much that can be wrong, in milliseconds. */
type Sample = { at: number; offset: number; error: number };

/** How far clocks can drift apart while samples are kept, in milliseconds. */
const DRIFT = 5;

class Knowledge {
  private fences = new Map<number, string>();
  private samples: Sample[] = [];
  private askedAt = Number.NEGATIVE_INFINITY;
  private beatAt = Number.NEGATIVE_INFINITY;

  constructor() {
    outsideOfRequests(() => this.watch());
  }

  /** The fence of a copy that may answer; null if there is none, or if Postgres has been away for too long. */
  fence(bucket: number): string | null {
    if (performance.now() - this.askedAt > TRUST) return null;
    return this.fences.get(bucket) ?? null;
  }

  learn(bucket: number, fence: string): void {
    this.fences.set(bucket, fence);
  }

  /** Postgres' time, or slightly later: by at most what `clockError` says. Null if it is not known. */
  now(): Date | null {
    const best = this.best();
    return best && new Date(Math.ceil(performance.now() + best.offset + best.error));
  }

  /** By how much `now` can be wrong, in milliseconds; null if the time is not known. */
  clockError(): number | null {
    const best = this.best();
    return best && 2 * best.error;
  }

  private best(): Sample | null {
    return this.samples.reduce<Sample | null>((best, one) => (best && best.error <= one.error ? best : one), null);
  }

  private async watch(): Promise<void> {
    for (;;) {
      await this.ask().catch((error) => {
        if (!isOutage(error)) log().error({ err: error }, "Postgres does not say which copies in Redis may answer");
      });
      await pause(INTERVAL, undefined, { ref: false });
    }
  }

  private async ask(): Promise<void> {
    const sent = performance.now();
    const [row] = await prepared<{ now: Date; open: Record<string, string> }>("find_fences", OPEN);
    const received = performance.now();
    if (!row) return;

    this.fences = new Map(Object.entries(row.open).map(([bucket, fence]) => [Number(bucket), fence]));
    this.askedAt = sent;
    const offset = row.now.getTime() - (sent + received) / 2;
    this.compare({ at: received, offset, error: (received - sent) / 2 + 0.5 });
    metrics().redisParts.set(this.fences.size);
    metrics().redisClockError.set((this.clockError() ?? 0) / 1000);
    if (env().SESSION_STORE !== "redis" || sent - this.beatAt < HEARTBEAT) return;
    await prepared(null, BEAT);
    this.beatAt = sent;
  }

  private compare(sample: Sample): void {
    // If this machine was suspended, or another Postgres has taken over, the earlier samples are wrong.
    const agrees = (one: Sample) => Math.abs(one.offset - sample.offset) <= one.error + sample.error + DRIFT;
    const fresh = this.samples.filter((one) => sample.at - one.at < SAMPLE_KEPT && agrees(one));
    this.samples = [...fresh, sample];
  }
}

const OPEN = Prisma.sql`
  SELECT now() AS now, coalesce(json_object_agg(bucket, fence), '{}') AS open
    FROM session_buckets WHERE is_open AND postgres_since = pg_postmaster_start_time()`;

const BEAT = Prisma.sql`
  INSERT INTO session_buckets AS b (bucket, fence, is_open, postgres_since, read_at)
  VALUES (0, '', false, pg_postmaster_start_time(), now())
  ON CONFLICT (bucket) DO UPDATE SET read_at = now()`;

/** What this process knows. The first call begins to ask Postgres twice a second. */
export function knowledge(): Knowledge {
  return processWide("latchkeyFences", () => new Knowledge());
}

/**
 * Closes all copies: none of them answers until it has been made anew. For a database that was restored, in which
 * sessions may be missing that the copies have. Throws an Outage.
 */
export async function closeCopies(): Promise<void> {
  await prepared(null, Prisma.sql`UPDATE session_buckets SET fence = '', is_open = false`);
}

/**
 * Forgets all copies, unless an instance has said in the last minute that it reads them. Returns whether they are
 * forgotten. Throws an Outage.
 */
export async function forgetCopies(): Promise<boolean> {
  const [table] = await prepared<{ isThere: boolean }>(
    null,
    Prisma.sql`SELECT to_regclass('session_buckets') IS NOT NULL AS "isThere"`,
  );
  // Without its migration, the instance starts and is not ready.
  if (!table?.isThere) return true;
  const isRead = Prisma.sql`
    SELECT FROM session_buckets WHERE read_at > now() - make_interval(secs => ${HEARTBEAT_KEPT / 1000})`;
  await prepared(null, Prisma.sql`DELETE FROM session_buckets WHERE NOT EXISTS (${isRead})`);
  return (await prepared(null, isRead)).length === 0;
}
