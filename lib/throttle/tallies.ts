// The tallies of what was tried, in Postgres, and the one way in which they change.

import { isOutage, Outage, prepared } from "@/lib/db";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { Prisma } from "@/prisma/client/client";
import { keyOf, type Subject, type Tally } from "./rule";

type Decision<T> = { tallies: Tally[]; result: T };

/** A change of these subjects' tallies that waits for its turn. */
type Waiting = {
  subjects: readonly Subject[];
  /** Decides by the tallies, in the order of the subjects, and returns new ones for all of them or for none. */
  decide: (tallies: Tally[], now: Date) => Decision<unknown>;
  /** Whether it is made later if there is an outage now. */
  isOwed: boolean;
  settle: (result: unknown) => void;
  fail: (error: unknown) => void;
};

/** At most this many changes are made together. */
const TOGETHER = 100;

/** How often a batch is decided anew at most, because another process has changed the same tallies. */
const ROUNDS = 20;

/** How long to wait before what is owed is tried again, in milliseconds. */
const OWED_RETRY = 1000;

type Queue = {
  waiting: Waiting[];
  /** What met an outage and is made later: before anything that waits. */
  owed: Waiting[];
  isRunning: boolean;
};

const queue = processWide<Queue>("latchkeyTries", () => ({ waiting: [], owed: [], isRunning: false }));

/**
 * Changes tallies. All changes of a process go one after the other, those that wait
 * at the same moment together: a row that every log-in needs, such as that of the
 * whole application, then costs one connection, however many try.
 */
export function change<T>(
  subjects: readonly Subject[],
  decide: (tallies: Tally[], now: Date) => Decision<T>,
  { isOwed = false } = {},
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    queue.waiting.push({ subjects, decide, isOwed, settle: (result) => resolve(result as T), fail: reject });
    // Of the requests that wait for it, each hears for itself what goes wrong.
    if (!queue.isRunning) void outsideOfRequests(changeAll);
  });
}

async function changeAll(): Promise<void> {
  queue.isRunning = true;
  do {
    const batch = [...queue.owed.splice(0), ...queue.waiting.splice(0, TOGETHER)];
    await changeTogether(batch).then(
      (results) => {
        for (const [index, { settle }] of batch.entries()) settle(results[index]);
      },
      (error) => failTogether(batch, error),
    );
  } while (queue.waiting.length > 0);
  queue.isRunning = false;
}

function failTogether(batch: Waiting[], error: unknown): void {
  const isLater = ({ isOwed }: Waiting) => isOwed && isOutage(error);
  for (const one of batch) {
    if (isLater(one)) queue.owed.push(one);
    else one.fail(error);
  }
  if (batch.some(isLater)) setTimeout(retryOwed, OWED_RETRY).unref();
}

function retryOwed(): void {
  if (queue.owed.length > 0 && !queue.isRunning) void changeAll();
}

async function changeTogether(batch: Waiting[]): Promise<unknown[]> {
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
  throw new Outage("Other processes change the same tallies all the time");
}

/** The tally of a subject that was never tried. */
function unknown(now: Date): Tally {
  return { level: 0, failures: 0, freeAt: now, triedAt: now };
}

/** The tally of a row, with what the row is known again by. */
type Read = Tally & { version: string };

/** What is known of these subjects, by their keys, and the time by the database's clock. Locks nothing. */
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
 * Stores tallies, all or none, in one statement: a row is locked for no longer than
 * that. Says whether the rows were still as they were read; if not, another process
 * has counted meanwhile.
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
           -- Of two processes that make the same row, one counts anew. What it made beside that row stays: too much by one try.
           whole AS (SELECT is_same AND (SELECT count(*) FROM made) = (SELECT count(*) FROM n WHERE version = '') AS is_whole FROM same),
           stored AS (UPDATE throttles t SET level = n.level, failures = n.failures, free_at = n.free_at, tried_at = n.tried_at
                        FROM n, whole WHERE is_whole AND t.key = n.key AND n.version <> '')
      SELECT is_whole AS "isStored" FROM whole`,
  );
  return row?.isStored ?? false;
}
