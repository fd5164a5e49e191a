import { isIPv6 } from "node:net";
import { countRows } from "@/lib/counted";
import { type Database, db, transaction } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { countThrottled } from "@/lib/ledger/hourly";
import { metrics } from "@/lib/metrics";
import { Prisma } from "@/prisma/client/client";

const SECOND = 1000;

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
  const permission = await change<Permission>(subjects, (tallies, now) => {
    const waits = tallies.map(({ tally, limit }) => waitOf(tally, limit, now));
    const wait = Math.max(...waits);
    const [scope] = subjects[waits.indexOf(wait)] as Subject;
    if (wait > 0) return { tallies: [], result: { allowed: false, wait, scope } };

    const [first] = tallies;
    const failures = first?.tally.failures ?? 0;
    return {
      tallies: tallies.map(({ tally, limit, ...rest }) => ({ ...rest, tally: countTry(tally, limit, now) })),
      result: { allowed: true, failures, isLast: failures + 1 === first?.limit.stop },
    };
  });
  if (!permission.allowed) {
    metrics().throttled.inc({ scope: permission.scope });
    countThrottled();
  }
  return permission;
}

/** Takes a try back that was none after all: it succeeded, or could not be made. */
export async function takeBackTry(subjects: readonly Subject[]): Promise<void> {
  await change(subjects, (tallies, now) => ({
    tallies: tallies.map(({ tally, limit, ...rest }) => ({ ...rest, tally: uncountTry(tally, limit, now) })),
    result: undefined,
  }));
}

/** Forgets all tries at these subjects: who should has succeeded. */
export async function forgetTries(tx: Database, subjects: readonly Subject[]): Promise<void> {
  await tx.throttle.deleteMany({ where: { key: { in: subjects.map(keyOf) } } });
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
  await tx.$executeRaw`
    DELETE FROM throttles
     WHERE key = ANY(${keys}::text[])
        OR EXISTS (SELECT FROM unnest(${prefixes}::text[]) AS prefix WHERE starts_with(key, prefix))`;
}

/** Forgets the failures in a row of a subject; how often it was tried of late still counts. */
export async function forgetFailures(tx: Database, subject: Subject): Promise<void> {
  await tx.throttle.updateMany({ where: { key: keyOf(subject) }, data: { failures: 0 } });
}

/** How many failures in a row a subject has had. */
export async function failuresOf(subject: Subject): Promise<number> {
  const tally = await db().throttle.findUnique({ where: { key: keyOf(subject) }, select: { failures: true } });
  return tally?.failures ?? 0;
}

/** Deletes what nobody has tried for a month, except for failures at an account that there is: those are in a row for ever. */
export async function sweepThrottles(): Promise<number> {
  const deleted = await db().$executeRaw`DELETE FROM throttles WHERE key IN (${OLD_TRIES} LIMIT ${BATCH})`;
  return deleted < BATCH ? deleted : deleted + (await sweepThrottles());
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countOldTries(): Promise<number> {
  return countRows(OLD_TRIES);
}

const OLD_TRIES = Prisma.sql`
  SELECT t.key FROM throttles t
   WHERE t.tried_at < now() - make_interval(secs => ${(30 * DAY) / SECOND})
     AND NOT EXISTS (SELECT FROM users u WHERE t.key LIKE 'account:%' AND u.email = substr(t.key, 9))`;

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

type Row = Tally & { key: string };
type Known = { key: string; tally: Tally; limit: Limit };

/**
 * Changes tallies under lock. The rows are made where there are none, and locked
 * in the order of their keys, so that nobody waits for somebody who waits.
 */
async function change<T>(
  subjects: readonly Subject[],
  decide: (tallies: Known[], now: Date) => { tallies: Pick<Known, "key" | "tally">[]; result: T },
): Promise<T> {
  const keys = subjects.map(keyOf);

  return transaction(async (tx) => {
    const rows = await tx.$queryRaw<Row[]>`
      INSERT INTO throttles AS t (key, level, failures, free_at, tried_at)
      SELECT key, 0, 0, now(), now() FROM unnest(${keys}::text[]) AS key ORDER BY key
      ON CONFLICT (key) DO UPDATE SET key = excluded.key
      RETURNING t.key, t.level, t.failures, t.free_at AS "freeAt", t.tried_at AS "triedAt"`;
    const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;

    const byKey = new Map(rows.map(({ key, ...tally }) => [key, tally]));
    const known = subjects.map(([scope, of]) => {
      const key = keyOf([scope, of]);
      return { key, limit: LIMITS[scope], tally: byKey.get(key) as Tally };
    });
    const { tallies, result } = decide(known, clock?.now ?? new Date());
    if (tallies.length > 0) await store(tx, tallies);
    // What was made only to be locked, by a try that has to wait.
    else await tx.throttle.deleteMany({ where: { key: { in: keys }, level: 0, failures: 0 } });
    return result;
  });
}

async function store(tx: Database, tallies: Pick<Known, "key" | "tally">[]) {
  const column = (value: (tally: Tally) => unknown) => tallies.map(({ tally }) => String(value(tally)));
  await tx.$executeRaw`
    UPDATE throttles t
       SET level = n.level::float8, failures = n.failures::int, free_at = n.free_at::timestamptz, tried_at = n.tried_at::timestamptz
      FROM unnest(${tallies.map(({ key }) => key)}::text[],
                  ${column(({ level }) => level)}::text[],
                  ${column(({ failures }) => failures)}::text[],
                  ${column(({ freeAt }) => freeAt.toISOString())}::text[],
                  ${column(({ triedAt }) => triedAt.toISOString())}::text[]) AS n (key, level, failures, free_at, tried_at)
     WHERE t.key = n.key`;
}

function keyOf([scope, of]: Subject): string {
  return `${scope}:${of}`;
}
