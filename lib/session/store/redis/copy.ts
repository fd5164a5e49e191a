import { randomBytes } from "node:crypto";
import { isOutage, Outage, prepared, transaction } from "@/lib/db";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { findBucket } from "@/lib/session/store/postgres/find";
import { Prisma } from "@/prisma/client/client";
import { call } from "./client";
import { CLOSED_FOR, knowledge } from "./fences";
import { fieldOf, textOf } from "./text";

/**
 * How many buckets one process copies at once; and how long a bucket waits after a failure, at first and at most, in
 * milliseconds.
 */
const AT_ONCE = 4;
const PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/** Sessions per command. */
const CHUNK = 200;

/**
 * The buckets to copy: those that are waiting, and whether others follow them; those under way; until when look-ups do not
 * start a copy; the timers of those that are copied later; and how often in a row a copy has failed. And the processes of
 * Redis whose other buckets have just followed.
 */
const work = processWide("latchkeyCopies", () => ({
  waiting: new Map<number, boolean>(),
  running: new Set<number>(),
  notBefore: new Map<number, number>(),
  timers: new Map<number, NodeJS.Timeout>(),
  failures: new Map<number, number>(),
  followed: new Set<string>(),
}));

/**
 * Copies a bucket to Redis in the background, unless its copy may answer by now. The other buckets that Redis has lost are
 * copied next, before anybody asks for them, unless this bucket itself follows another.
 */
export function copySoon(bucket: number, { followsAnother = false } = {}): void {
  if (work.running.has(bucket) || performance.now() < (work.notBefore.get(bucket) ?? 0)) return;
  if (!work.waiting.has(bucket)) work.waiting.set(bucket, !followsAnother);
  outsideOfRequests(next);
}

function next(): void {
  for (const [bucket, isFollowed] of work.waiting) {
    if (work.running.size >= AT_ONCE) return;
    work.waiting.delete(bucket);
    work.running.add(bucket);
    copy(bucket)
      .then(({ isOpen, lostBy }) => {
        work.failures.delete(bucket);
        if (!isOpen) copyOnceClosed(bucket);
        if (isFollowed && lostBy !== null) followWithOthers(lostBy, isOpen);
      })
      .catch((error) => {
        work.notBefore.set(bucket, performance.now() + PAUSE);
        if (!isOutage(error)) return complain(error);
        const failures = (work.failures.get(bucket) ?? 0) + 1;
        work.failures.set(bucket, failures);
        copyLater(bucket, Math.min(PAUSE * 2 ** (failures - 1), LONGEST_PAUSE), { followsAnother: !isFollowed });
      })
      .finally(() => {
        work.running.delete(bucket);
        next();
      });
  }
}

function complain(error: unknown): void {
  log().error({ err: error }, "Sessions could not be copied to Redis");
}

/**
 * Copies what this process of Redis has lost, or closes it if it has moved. Tries again while Postgres is away. While
 * Redis is away, this is left to look-ups.
 */
async function followWithOthers(process: string, isOpen: boolean): Promise<void> {
  // Of many buckets that are found to be lost at once, the first brings the others.
  if (work.followed.has(process)) return;
  work.followed.add(process);
  const again = async (): Promise<void> => {
    try {
      await (isOpen ? copyOthers(process) : closeOthers(process));
    } catch (error) {
      if (isOutage(error)) return void setTimeout(again, PAUSE).unref();
      complain(error);
    }
    setTimeout(() => work.followed.delete(process), CLOSED_FOR).unref();
  };
  await again();
}

/** Copies a bucket that has been closed, once all instances know that it is. */
function copyOnceClosed(bucket: number): void {
  work.waiting.delete(bucket);
  work.notBefore.set(bucket, performance.now() + CLOSED_FOR);
  copyLater(bucket, CLOSED_FOR, { followsAnother: true });
}

/** Copies a bucket after this number of milliseconds. */
function copyLater(bucket: number, milliseconds: number, how: { followsAnother: boolean }): void {
  const copyNow = () => {
    work.timers.delete(bucket);
    work.notBefore.delete(bucket);
    copySoon(bucket, how);
  };
  clearTimeout(work.timers.get(bucket));
  work.timers.set(bucket, setTimeout(copyNow, milliseconds).unref());
}

/** Copies all buckets whose last copies were in this process of Redis; if that is "", those that have never had one. */
async function copyOthers(process: string): Promise<void> {
  for (const bucket of await bucketsOf(process)) copySoon(bucket, { followsAnother: true });
}

async function bucketsOf(process: string): Promise<number[]> {
  const rows = await prepared<{ bucket: number }>(
    null,
    Prisma.sql`
      SELECT n AS bucket FROM generate_series(0, 255) AS n LEFT JOIN session_buckets ON bucket = n
       WHERE split_part(coalesce(fence, ''), '/', 1) = ${process}`,
  );
  return rows.map(({ bucket }) => bucket);
}

/**
 * Closes all buckets that have moved away from this process of Redis, and copies them once all instances know that. One
 * by one they would take seconds, in which their sessions cannot end.
 */
async function closeOthers(process: string): Promise<void> {
  const movedOf = async (bucket: number) => {
    try {
      const [its] = await call<[string, string]>("who", bucket, []);
      return its === process ? [] : [bucket];
    } catch (error) {
      // Of a cluster, some servers may be away.
      if (isOutage(error)) return [];
      throw error;
    }
  };
  const moved = (await Promise.all((await bucketsOf(process)).map(movedOf))).flat();
  await prepared(
    null,
    Prisma.sql`
      UPDATE session_buckets b
         SET is_open = false, closing_since = CASE WHEN is_open THEN clock_timestamp() ELSE coalesce(closing_since, clock_timestamp()) END
        FROM (SELECT bucket FROM session_buckets WHERE bucket = ANY(${moved}::int[]) AND split_part(fence, '/', 1) = ${process}
               ORDER BY bucket FOR UPDATE SKIP LOCKED) AS its
       WHERE b.bucket = its.bucket`,
  );
  for (const bucket of moved) copyOnceClosed(bucket);
}

/** Copies a bucket, as `copy` does. Returns whether the copy may answer. Throws an Outage. */
export async function copyBucket(bucket: number): Promise<boolean> {
  return (await copy(bucket)).isOpen;
}

/** `lostBy` is the process of Redis that had the copy, or "" if there was none; null if Redis had not lost it. */
type Copied = { isOpen: boolean; lostBy: string | null };

/**
 * Copies a bucket from Postgres to Redis, unless its copy may answer by now. While it holds the
 * bucket's lock, no transaction that has told Redis of a change is unfinished, and none begins.
 *
 * Postgres records which copy may answer. So an older one, or one in a process that has lost the
 * others, is not read (`knowledge`), and takes no endings (`bury`).
 *
 * If the earlier copy is in another process, it may still answer instances that reach that process. So it is only
 * closed at first, and endings fail unless that process learns of them. A later call makes the next copy, once all instances
 * know (`CLOSED_FOR`). Throws an Outage.
 */
async function copy(bucket: number): Promise<Copied> {
  // While Redis is away, and after another instance has made the copy, this takes no connection to Postgres and no lock.
  const [at, has] = await call<[string, string]>("who", bucket, []);
  if (has.startsWith(`${at}/`) && has === knowledge().fence(bucket)) return { isOpen: true, lostBy: null };
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
    const isHere = before.startsWith(`${process}/`);
    const lostBy = isHere && fence === before ? null : String(before.split("/")[0]);
    if (is?.isOpen && lostBy === null) return { fence, lostBy, sessions: 0 };

    if (before && !isHere && !is?.isKnownToBeClosed) {
      await tx.$executeRaw`
        UPDATE session_buckets
           SET is_open = false, closing_since = CASE WHEN is_open THEN clock_timestamp() ELSE coalesce(closing_since, clock_timestamp()) END
         WHERE bucket = ${bucket}::int`;
      return { fence: null, lostBy, sessions: 0 };
    }
    const rows = await findBucket(tx, bucket);
    const opened = await write(bucket, rows);
    await tx.$executeRaw`
      UPDATE session_buckets
         SET fence = ${opened}, is_open = true, closing_since = NULL, postgres_since = pg_postmaster_start_time()
       WHERE bucket = ${bucket}::int`;
    return { fence: opened, lostBy, sessions: rows.length };
  });
  const { fence, lostBy, sessions } = copied;
  metrics().redisCopied.inc(sessions);
  if (fence) knowledge().learn(bucket, fence);
  return { isOpen: fence !== null, lostBy };
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
