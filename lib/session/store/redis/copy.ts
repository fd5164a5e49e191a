import { randomBytes } from "node:crypto";
import { isOutage, Outage, transaction } from "@/lib/db";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { findBucket } from "@/lib/session/store/postgres/find";
import { call } from "./client";
import { knowledge } from "./fences";
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
 * others, is not read (`knowledge`), and takes no endings (`bury`). Throws an Outage.
 */
export async function copyBucket(bucket: number): Promise<void> {
  const copied = await transaction(async (tx) => {
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(52418, ${bucket}::int)::text`;
    await tx.$executeRaw`
      INSERT INTO session_buckets (bucket, fence, is_open, postgres_since)
      VALUES (${bucket}::int, '', false, pg_postmaster_start_time()) ON CONFLICT DO NOTHING`;
    // The row's lock: a transaction that changes sessions without the bucket's lock closes it at its end.
    const [is] = await tx.$queryRaw<{ fence: string; isOpen: boolean }[]>`
      SELECT fence, is_open AND postgres_since = pg_postmaster_start_time() AS "isOpen"
        FROM session_buckets WHERE bucket = ${bucket}::int FOR UPDATE`;
    const before = String(is?.fence);
    const [process, fence] = await call<[string, string]>("who", bucket, []);
    if (is?.isOpen && fence === before && fence.startsWith(`${process}/`)) return { fence, before, sessions: null };

    const rows = await findBucket(tx, bucket);
    const opened = await write(bucket, rows);
    await tx.$executeRaw`
      UPDATE session_buckets SET fence = ${opened}, is_open = true, postgres_since = pg_postmaster_start_time()
       WHERE bucket = ${bucket}::int`;
    return { fence: opened, before, sessions: rows.length };
  });
  if (copied.sessions !== null) metrics().redisCopied.inc(copied.sessions);
  const [process = ""] = copied.before.split("/");
  // Its other buckets have moved as well.
  const others = process && !copied.fence.startsWith(`${process}/`) ? knowledge().bucketsIn(process) : [];
  knowledge().learn(bucket, copied.fence);
  for (const other of others) if (other !== bucket) copySoon(other);
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
