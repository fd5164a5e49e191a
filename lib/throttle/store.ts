import { isIPv6 } from "node:net";
import { countRows } from "@/lib/capped-count";
import { type Database, db, isOutage, namingOutages, Outage, prepared } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { countThrottled } from "@/lib/ledger/hourly";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { outsideOfRequests } from "@/lib/request-context";
import { Prisma } from "@/prisma/client/client";

const SECOND = 1000;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** How often something may be tried. All times in milliseconds. */
type Limit = {
  /** So many tries are free, at once. */
  allowance: number;
  /** One try is forgotten in so long a time. */
  forgets: number;
  /** The wait after the allowance is used up; it doubles with each further try, up to the longest. */
  firstWait: number;
  longestWait: number;
  /** So many failures in a row, however far apart, and nothing is tried any more until it is reset. */
  stop: number;
};

const GROWING = { forgets: HOUR, firstWait: 30 * SECOND, longestWait: HOUR, stop: Number.POSITIVE_INFINITY };

/** Rows deleted in one statement. */
const BATCH = 1000;

/** NIST SP 800-63B-4 §3.2.2: no more than 100 failed attempts in a row. */
const STOP = 100;

/** What is limited. The words before the colon of a key. */
const LIMITS = {
  /** An account's password, guessed from browsers that it has not logged in with before. */
  account: { ...GROWING, allowance: 5, stop: STOP },
  /** The same, from one browser that it has: an allowance of its own, which strangers cannot use up. */
  browser: { ...GROWING, allowance: 10, stop: STOP },
  /** The password asked for again in a session. */
  confirm: { ...GROWING, allowance: 5, stop: STOP },
  /** Guesses from one address: several people may share it. */
  address: { ...GROWING, allowance: 20 },
  /** Guesses at the whole application. The wait stays short: it is everybody's. */
  application: { ...GROWING, allowance: 1000, forgets: SECOND, longestWait: MINUTE },
  /** Mails to one address that are asked for from one network: somebody else may ask, too, and has an allowance of their own. */
  mailbox: { ...GROWING, allowance: 3 },
  /** The same from everywhere: nobody is sent more than this, however many networks somebody has. */
  mails: { ...GROWING, allowance: 20 },
  /** Forms from one address that send mail, make accounts or spend links. */
  sender: { ...GROWING, allowance: 30, forgets: 5 * MINUTE },
} satisfies Record<string, Limit>;

type Scope = keyof typeof LIMITS;

/** Something to be tried, and whose: `["account", "ada@example.com"]`. */
export type Subject = readonly [scope: Scope, of: string];

/** What is known of a subject: see the table. */
export type Tally = { level: number; failures: number; freeAt: Date; triedAt: Date };

/** How long a subject has to wait before the next try, in milliseconds; 0 for not at all. */
export function waitOf({ freeAt, failures }: Tally, { stop, longestWait }: Limit, now: Date): number {
  // One that is stopped is told the same as one that has to wait longest, so that
  // nobody learns from the words whether there is such an account.
  return failures >= stop ? longestWait : Math.max(0, freeAt.getTime() - now.getTime());
}

/** The tally after one more try, which counts as a failure until it is known to be none. */
export function countTry({ level, failures, freeAt }: Tally, limit: Limit, now: Date): Tally {
  const reached = remaining({ level, freeAt }, limit, now) + 1;
  const excess = Math.round(reached - limit.allowance);
  const wait = excess < 0 ? 0 : Math.min(limit.firstWait * 2 ** excess, limit.longestWait);
  return { level: reached, failures: failures + 1, freeAt: new Date(now.getTime() + wait), triedAt: now };
}

/** The tally without one try that turned out to be none. */
export function uncountTry({ level, failures, freeAt }: Tally, limit: Limit, now: Date): Tally {
  const left = Math.max(0, remaining({ level, freeAt }, limit, now) - 1);
  return {
    level: left,
    failures: Math.max(0, failures - 1),
    // Less than the allowance, give or take what was forgotten since.
    freeAt: Math.round(left) < limit.allowance ? now : freeAt,
    triedAt: now,
  };
}

/** How many tries still count. While somebody has to wait, nothing is forgotten. */
function remaining({ level, freeAt }: Pick<Tally, "level" | "freeAt">, { forgets }: Limit, now: Date): number {
  return Math.max(0, level - Math.max(0, now.getTime() - freeAt.getTime()) / forgets);
}

export type Permission =
  | {
      allowed: true;
      /** Failures in a row before this try, of the first subject. */
      failures: number;
      /** Whether this try, should it fail, was the last one of the first subject. */
      isLast: boolean;
    }
  | {
      allowed: false;
      /** Milliseconds. */
      wait: number;
      /** What was tried too often: the one that has to wait longest. */
      scope: Scope;
    };

/**
 * Counts a try at all these subjects, or says how long to wait. Counted before
 * it is made, so that a hundred at the same moment count as a hundred; one that
 * has to wait is not made and counts nowhere. Throws an Outage.
 */
export async function permitTry(subjects: readonly Subject[]): Promise<Permission> {
  const permission = await namingOutages(() =>
    change<Permission>(subjects, (tallies, now) => {
      const waits = tallies.map((tally, index) => waitOf(tally, limitOf(subjects[index]), now));
      const wait = Math.max(...waits);
      const [scope] = subjects[waits.indexOf(wait)] as Subject;
      if (wait > 0) return { tallies: [], result: { allowed: false, wait, scope } };

      const failures = tallies[0]?.failures ?? 0;
      return {
        tallies: tallies.map((tally, index) => countTry(tally, limitOf(subjects[index]), now)),
        result: { allowed: true, failures, isLast: failures + 1 === limitOf(subjects[0]).stop },
      };
    }),
  );
  if (!permission.allowed) {
    metrics().throttled.inc({ scope: permission.scope });
    countThrottled();
  }
  return permission;
}

/**
 * Takes a try back that was none after all: it succeeded, or could not be
 * decided. In an outage it is tried again until the database is back, for as long
 * as this process lives. Nobody has to wait for it: the next try that this process
 * permits comes after it.
 */
export function takeBackTry(subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0) return Promise.resolve();
  return change<void>(
    subjects,
    (tallies, now) => ({
      tallies: tallies.map((tally, index) => uncountTry(tally, limitOf(subjects[index]), now)),
      result: undefined,
    }),
    { isOwed: true },
  );
}

/** Forgets all tries at these subjects, which have succeeded. */
export async function forgetTries(tx: Database, subjects: readonly Subject[]): Promise<void> {
  await deleteTallies(tx, Prisma.sql`key = ANY(${subjects.map(keyOf)}::text[])`);
}

/**
 * What is forgotten of a log-in that has succeeded: all tries at these subjects,
 * and of the account the failures in a row. How often strangers have tried the
 * account of late still counts.
 */
export async function forgetFailures(tx: Database, account: Subject, subjects: readonly Subject[]): Promise<void> {
  const keys = subjects.map(keyOf);
  await tx.$executeRaw`
    WITH locked AS (SELECT key FROM throttles WHERE key = ANY(${[keyOf(account), ...keys]}::text[]) ORDER BY key FOR UPDATE),
         forgiven AS (UPDATE throttles t SET failures = 0 FROM locked l
                       WHERE t.key = l.key AND t.key = ${keyOf(account)} AND t.key <> ALL(${keys}::text[]))
    DELETE FROM throttles t USING locked l WHERE t.key = l.key AND t.key = ANY(${keys}::text[])`;
}

/** What a mail counts against that anybody may ask for, by the address that it goes to and the one that asks. */
export function mailTo(kind: MailKind, email: string, from: string | null): Subject[] {
  return [
    ["mailbox", `${kind}:${email}:${networkOf(from)}`],
    ["mails", `${kind}:${email}`],
  ];
}

const MAIL_KINDS = ["reset", "sign-up", "change-email"] as const;

type MailKind = (typeof MAIL_KINDS)[number];

/** Forgets all guesses at the account with this email, in whatever browser: it has a new password, or is gone. */
export async function forgetGuesses(tx: Database, email: string): Promise<void> {
  const mails = MAIL_KINDS.map((kind) => keyOf(["mails", `${kind}:${email}`]));
  const keys = [keyOf(["account", email]), keyOf(["confirm", `sign-up:${email}`]), ...mails];
  const prefixes = [`browser:${email}:`, ...MAIL_KINDS.map((kind) => keyOf(["mailbox", `${kind}:${email}:`]))];
  // Not by LIKE, to which an address may hold a pattern.
  await deleteTallies(
    tx,
    Prisma.sql`key = ANY(${keys}::text[]) OR EXISTS (SELECT FROM unnest(${prefixes}::text[]) AS prefix WHERE starts_with(key, prefix))`,
  );
}

/** Deletes rows in the order in which everything locks them. */
async function deleteTallies(tx: Database, which: Prisma.Sql): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE ${which} ORDER BY key FOR UPDATE)`;
}

/** How many failures in a row a subject has had. */
export async function failuresOf(subject: Subject): Promise<number> {
  const tally = await db().throttle.findUnique({ where: { key: keyOf(subject) }, select: { failures: true } });
  return tally?.failures ?? 0;
}

/**
 * Deletes what nobody has tried for a month, and the failures in a row at an
 * account that nobody has tried for a year; one that is stopped stays so. Whether
 * there is such an account makes no difference, or its throttling would say so.
 */
export async function sweepThrottles(): Promise<number> {
  const deleted = await db().$executeRaw`
    DELETE FROM throttles WHERE key IN (${OLD_TRIES} ORDER BY t.key LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;
  return deleted < BATCH ? deleted : deleted + (await sweepThrottles());
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countOldTries(): Promise<number> {
  return countRows(OLD_TRIES);
}

const OLD_TRIES = Prisma.sql`
  SELECT t.key FROM throttles t
   WHERE t.tried_at < now() - make_interval(secs => ${MONTH / SECOND})
     AND NOT (t.key LIKE 'account:%' AND (t.failures >= ${STOP} OR t.tried_at >= now() - make_interval(secs => ${YEAR / SECOND})))`;

/** The subject of an address: of IPv6, the network of 64 bits that one customer has to himself. */
export function networkOf(address: string | null): string {
  if (!address) return "unknown";
  return isIPv6(address) ? `${expand(address).slice(0, 4).join(":")}::/64` : address;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text ? text.split(":") : []);
  const [before, after] = [groups(head), groups(tail ?? "")];
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(gap).fill("0"), ...after];
}

type Decision<T> = { tallies: Tally[]; result: T };

/** A change of the tallies of these subjects that waits for its turn. */
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

/** So often a batch is decided anew, because another process changed the same tallies meanwhile. */
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
function change<T>(
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

function limitOf(subject: Subject | undefined): Limit {
  return LIMITS[subject?.[0] ?? "application"];
}

/** The key of a subject's row. */
export function keyOf([scope, of]: Subject): string {
  return `${scope}:${of}`;
}
