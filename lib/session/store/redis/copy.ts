import { randomBytes } from "node:crypto";
import { isOutage, Outage, transaction } from "@/lib/db";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { findBucket } from "@/lib/session/store/postgres/find";
import { call } from "./client";
import { CLOSED_FOR, knowledge } from "./fences";
import { fieldOf, textOf } from "./text";

/** How many buckets one process copies at once, and how long it waits after a failure, in milliseconds. */
const AT_ONCE = 4;
const PAUSE = 1000;

/** Sessions per command. */
const CHUNK = 200;

/** The buckets to copy: those that are waiting or under way, and until when to wait after a failure. */
const work = processWide("latchkeyCopies", () => ({
  waiting: new Set<number>(),
  running: new Set<number>(),
  notBefore: new Map<number, number>(),
}));

/** Copies a bucket to Redis in the background, unless its copy may answer by now. */
export function copySoon(bucket: number): void {
  if (work.running.has(bucket) || performance.now() < (work.notBefore.get(bucket) ?? 0)) return;
  work.waiting.add(bucket);
  outsideOfRequests(next);
}

function next(): void {
  for (const bucket of work.waiting) {
    if (work.running.size >= AT_ONCE) return;
    work.waiting.delete(bucket);
    work.running.add(bucket);
    copyBucket(bucket)
      .then((isOpen) => {
        if (!isOpen) work.notBefore.set(bucket, performance.now() + CLOSED_FOR);
      })
      .catch((error) => {
        if (!isOutage(error)) log().error({ err: error }, "Sessions could not be copied to Redis");
        work.notBefore.set(bucket, performance.now() + PAUSE);
      })
      .finally(() => {
        work.running.delete(bucket);
        next();
      });
  }
}

/**
 * Copies a bucket from Postgres to Redis, unless its copy may answer by now. While it holds the
 * bucket's lock, no transaction that has told Redis of a change is unfinished, and none begins.
 *
 * Postgres records which copy may answer. So an older one, or one in a process that has lost the
 * others, is not read (`knowledge`), and takes no endings (`bury`).
 *
 * If the earlier copy is in another process, it may still answer instances that reach that process. So it is only
 * closed at first, and endings fail unless that process learns of them. A later call makes the next copy, once all instances
 * know (`CLOSED_FOR`). Returns whether the copy may answer. Throws an Outage.
 */
export async function copyBucket(bucket: number): Promise<boolean> {
  const copied = await transaction(async (tx) => {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(52418, ${bucket}::int)::text`;
    await tx.$executeRaw`
      INSERT INTO session_buckets (bucket, fence, is_open, postgres_since)
      VALUES (${bucket}::int, '', false, pg_postmaster_start_time()) ON CONFLICT DO NOTHING`;
    // The row's lock: a transaction that changes sessions without the bucket's lock closes it at its end.
    const [is] = await tx.$queryRaw<{ fence: string; isOpen: boolean; isKnownToBeClosed: boolean }[]>`
      SELECT fence, is_open AND postgres_since = pg_postmaster_start_time() AS "isOpen",
             NOT is_open AND closing_since <= clock_timestamp() - make_interval(secs => ${CLOSED_FOR / 1000}) AS "isKnownToBeClosed"
        FROM session_buckets WHERE bucket = ${bucket}::int FOR UPDATE`;
    const before = String(is?.fence);
    const [process, fence] = await call<[string, string]>("who", bucket, []);
    if (is?.isOpen && fence === before && fence.startsWith(`${process}/`))
      return { fence, before, process, sessions: 0 };

    if (before && !before.startsWith(`${process}/`) && !is?.isKnownToBeClosed) {
      await tx.$executeRaw`
        UPDATE session_buckets
           SET is_open = false, closing_since = CASE WHEN is_open THEN clock_timestamp() ELSE coalesce(closing_since, clock_timestamp()) END
         WHERE bucket = ${bucket}::int`;
      return { fence: null, before, process, sessions: 0 };
    }
    const rows = await findBucket(tx, bucket);
    const opened = await write(bucket, rows);
    await tx.$executeRaw`
      UPDATE session_buckets
         SET fence = ${opened}, is_open = true, closing_since = NULL, postgres_since = pg_postmaster_start_time()
       WHERE bucket = ${bucket}::int`;
    return { fence: opened, before, process, sessions: rows.length };
  });
  const { fence, before, process, sessions } = copied;
  metrics().redisCopied.inc(sessions);
  const [former = ""] = before.split("/");
  // Its other buckets have moved as well.
  const others = former && former !== process ? knowledge().bucketsIn(former) : [];
  if (fence) knowledge().learn(bucket, fence);
  for (const other of others) if (other !== bucket) copySoon(other);
  return fence !== null;
}

/** Writes a copy of these sessions in place of the one that is there. Returns its fence. */
async function write(bucket: number, rows: Awaited<ReturnType<typeof findBucket>>): Promise<string> {
  const generation = randomBytes(12).toString("base64url");
  const process = String(await call("begin", bucket, [generation]));
  const texts = rows.map((row) => [fieldOf(row.tokenHash), textOf(row)]);
  for (let first = 0; first < texts.length; first += CHUNK) {
    const filled = await call("fill", bucket, [generation, ...texts.slice(first, first + CHUNK).flat()]);
    if (filled !== "filled") throw new Outage("Another process has begun to copy");
  }
  if ((await call("open", bucket, [generation, process])) !== "open") throw new Outage("Redis has changed meanwhile");
  return `${process}/${generation}`;
}
