// The tallies of attempts, in Postgres, and the queue through which attempts change them.

import { isOutage, Outage, prepared } from "@/lib/db";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { Prisma } from "@/prisma/client/client";
import { keyOf, limitOf, type Subject, type Tally } from "./rule";

type Decision<T> = { tallies: Tally[]; result: T };

/** A change of these subjects' tallies that waits in the queue. */
type Waiting = {
  subjects: readonly Subject[];
  /** Takes the tallies in the order of the subjects. Returns new ones for all of them, or for none. */
  decide: (tallies: Tally[], now: Date) => Decision<unknown>;
  settle: (result: unknown) => void;
  fail: (error: unknown) => void;
};

/** An attempt at these subjects to take back. */
type Owed = { subjects: readonly Subject[]; settle: () => void; fail: (error: unknown) => void };

/** The maximum number of changes in one batch. */
const TOGETHER = 100;

/** The maximum number of times to decide a batch. It is decided again if another process has changed the same tallies. */
const ROUNDS = 20;

/** Milliseconds before attempts that an outage has postponed are taken back. */
const OWED_RETRY = 1000;

type Queue = {
  waiting: Waiting[];
  /** They go before all that wait. */
  givenBack: Owed[];
  /** Those that an outage has postponed. */
  postponed: Owed[];
  isRunning: boolean;
};

const queue = processWide<Queue>("latchkeyTries", () => ({
  waiting: [],
  givenBack: [],
  postponed: [],
  isRunning: false,
}));

/**
 * Changes tallies. A process makes its changes one batch after the other, and a batch takes
 * all changes that are waiting, up to `TOGETHER`. Every log-in changes the row of the whole
 * application. With this queue, that takes one connection, not one for each client.
 */
export function change<T>(
  subjects: readonly Subject[],
  decide: (tallies: Tally[], now: Date) => Decision<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    queue.waiting.push({ subjects, decide, settle: (result) => resolve(result as T), fail: reject });
    run();
  });
}

/** Takes back an attempt at these subjects, before any change that waits. An outage only postpones it. */
export function giveBack(subjects: readonly Subject[]): Promise<void> {
  return new Promise<void>((settle, fail) => {
    queue.givenBack.push({ subjects, settle, fail });
    run();
  });
}

/** Works off the queue, outside of this request's context: a batch serves many requests, and each gets its own error. */
function run(): void {
  if (!queue.isRunning) void outsideOfRequests(changeAll);
}

async function changeAll(): Promise<void> {
  queue.isRunning = true;
  do {
    const owed = [...queue.postponed.splice(0), ...queue.givenBack.splice(0)];
    const batch = queue.waiting.splice(0, TOGETHER);
    try {
      await giveBackAll(owed);
      const results = await changeTogether(batch);
      for (const [index, { settle }] of batch.entries()) settle(results[index]);
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  } while (queue.waiting.length > 0 || queue.givenBack.length > 0);
  queue.isRunning = false;
}

async function giveBackAll(owed: Owed[]): Promise<void> {
  try {
    await giveBackTogether(owed.flatMap(({ subjects }) => subjects));
    for (const { settle } of owed) settle();
  } catch (error) {
    if (isOutage(error)) postpone(owed);
    else for (const { fail } of owed) fail(error);
    throw error;
  }
}

function postpone(owed: Owed[]): void {
  queue.postponed.push(...owed);
  setTimeout(() => queue.postponed.length > 0 && run(), OWED_RETRY).unref();
}

async function changeTogether(batch: Waiting[]): Promise<unknown[]> {
  if (batch.length === 0) return [];
  for (let round = 0; round < ROUNDS; round++) {
    const { now, tallies } = await read(batch.flatMap(({ subjects }) => subjects));
    const changed = new Map<string, Tally>();
    const results = batch.map(({ subjects, decide }) => {
      const keys = subjects.map(keyOf);
      const current = keys.map((key) => changed.get(key) ?? tallies.get(key) ?? unknown(now));
      const decision = decide(current, now);
      for (const [index, tally] of decision.tallies.entries()) changed.set(String(keys[index]), tally);
      return decision.result;
    });
    if (await store(changed, tallies)) return results;
  }
  throw new Outage("Other processes kept changing the same tallies");
}

/** The tally of a subject without attempts. */
function unknown(now: Date): Tally {
  return { level: 0, failures: 0, freeAt: now, triedAt: now };
}

/** The tally of a row, and the row's version. */
type Read = Tally & { version: string };

/** The tallies of these subjects by key, and the database's time. Locks nothing. */
async function read(subjects: readonly Subject[]): Promise<{ now: Date; tallies: Map<string, Read> }> {
  const rows = await prepared<{ now: Date; key: string | null } & Read>(
    "read_tallies",
    Prisma.sql`
      SELECT clock_timestamp() AS now, t.key, t.level, t.failures, t.free_at AS "freeAt", t.tried_at AS "triedAt", t.xmin::text AS version
        FROM (SELECT) AS always LEFT JOIN throttles t ON t.key = ANY(${[...new Set(subjects.map(keyOf))]}::text[])`,
  );
  const found = rows.flatMap(({ key, ...row }) => (key === null ? [] : [[key, row] as const]));
  return { now: rows[0]?.now ?? new Date(), tallies: new Map(found) };
}

/**
 * Stores all of these tallies or none. One statement does it, so rows are locked only
 * while it runs. Returns false if another process has changed a row since it was read.
 */
async function store(changed: Map<string, Tally>, read: Map<string, Read>): Promise<boolean> {
  if (changed.size === 0) return true;
  const column = (value: (tally: Tally, key: string) => unknown) =>
    [...changed].map(([key, tally]) => String(value(tally, key)));
  const [row] = await prepared<{ isStored: boolean }>(
    "store_tallies",
    Prisma.sql`
      WITH n AS (
             SELECT key, level::float8, failures::int, free_at::timestamptz, tried_at::timestamptz, version
               FROM unnest(${[...changed.keys()]}::text[],
                           ${column(({ level }) => level)}::text[],
                           ${column(({ failures }) => failures)}::text[],
                           ${column(({ freeAt }) => freeAt.toISOString())}::text[],
                           ${column(({ triedAt }) => triedAt.toISOString())}::text[],
                           ${column((_, key) => read.get(key)?.version ?? "")}::text[]) AS n (key, level, failures, free_at, tried_at, version)),
           locked AS (SELECT t.key FROM throttles t JOIN n ON n.key = t.key AND n.version = t.xmin::text ORDER BY t.key FOR UPDATE OF t),
           same AS (SELECT (SELECT count(*) FROM locked) = (SELECT count(*) FROM n WHERE version <> '') AS is_same),
           made AS (INSERT INTO throttles (key, level, failures, free_at, tried_at)
                    SELECT n.key, n.level, n.failures, n.free_at, n.tried_at FROM n, same WHERE is_same AND version = '' ORDER BY n.key
                    ON CONFLICT (key) DO NOTHING RETURNING key),
           -- When two processes insert the same row, one decides again. Its other inserts stay: one attempt too many.
           whole AS (SELECT is_same AND (SELECT count(*) FROM made) = (SELECT count(*) FROM n WHERE version = '') AS is_whole FROM same),
           stored AS (UPDATE throttles t SET level = n.level, failures = n.failures, free_at = n.free_at, tried_at = n.tried_at
                        FROM n, whole WHERE is_whole AND t.key = n.key AND n.version <> '')
      SELECT is_whole AS "isStored" FROM whole`,
  );
  return row?.isStored ?? false;
}

/**
 * Takes back an attempt at each of these subjects, which may be there several times. Nothing is forgotten while a subject
 * has to wait, as in `countTry`.
 */
async function giveBackTogether(subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0) return;
  const tries = new Map<string, { count: number; limit: ReturnType<typeof limitOf> }>();
  for (const subject of subjects) {
    const key = keyOf(subject);
    tries.set(key, { count: (tries.get(key)?.count ?? 0) + 1, limit: limitOf(subject) });
  }
  const all = [...tries.values()];
  await prepared(
    "give_back_tries",
    Prisma.sql`
      WITH n AS (SELECT * FROM unnest(${[...tries.keys()]}::text[], ${all.map(({ count }) => count)}::int[],
                                      ${all.map(({ limit }) => limit.forgets / 1000)}::float8[],
                                      ${all.map(({ limit }) => limit.allowance)}::float8[]) AS n (key, tries, forgets, allowance)),
           locked AS (SELECT t.key, n.allowance, greatest(0, t.failures - n.tries) AS failures, f.free_at,
                             greatest(0, t.level - greatest(0, extract(epoch FROM now() - f.free_at)) / n.forgets - n.tries) AS level
                        FROM throttles t JOIN n ON n.key = t.key
                       -- As in notAhead.
                       CROSS JOIN LATERAL (SELECT t.free_at - greatest(interval '0', t.tried_at - now()) AS free_at) AS f
                       ORDER BY t.key FOR UPDATE OF t)
      UPDATE throttles t SET level = l.level, failures = l.failures, tried_at = now(),
             -- Rounded, because a fraction of an attempt may have been forgotten meanwhile.
             free_at = CASE WHEN floor(l.level + 0.5) < l.allowance THEN now() ELSE greatest(l.free_at, now()) END
        FROM locked l WHERE t.key = l.key`,
  );
}
