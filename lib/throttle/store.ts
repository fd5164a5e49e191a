import { inBatches } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { type Database, db, namingOutages, type Statements } from "@/lib/db";
import { DAY } from "@/lib/env";
import { countThrottled } from "@/lib/ledger/hourly";
import { metrics } from "@/lib/metrics";
import { Prisma } from "@/prisma/client/client";
import { networkOf } from "./network";
import { countTry, keyOf, limitOf, notAhead, type Scope, STOP, type Subject, type Tally, waitOf } from "./rule";
import { change, giveBack } from "./tallies";

const SECOND = 1000;

const MONTH = 30 * DAY;

const YEAR = 365 * DAY;

export type Permission =
  | {
      allowed: true;
      /** Earlier failures in a row of the first subject. */
      failures: number;
      /** Whether the first subject is locked if this attempt fails. */
      isLast: boolean;
    }
  | {
      allowed: false;
      /** Milliseconds. */
      wait: number;
      /** The scope that has to wait longest. */
      scope: Scope;
    };

/**
 * Counts an attempt against all of these subjects, or returns how long to wait. Counting
 * comes before the attempt, so that a hundred concurrent attempts count as a hundred. An
 * attempt that has to wait counts against no subject. Throws an Outage.
 */
export async function permitTry(subjects: readonly Subject[]): Promise<Permission> {
  const permission = await namingOutages(() =>
    change<Permission>(subjects, (read, now) => {
      const tallies = read.map((tally) => notAhead(tally, now));
      const waits = tallies.map((tally, index) => waitOf(tally, limitOf(subjects[index]), now));
      const wait = Math.max(...waits);
      const [scope] = subjects[waits.indexOf(wait)] as Subject;
      // A wait that the clock has moved is stored, or it would begin anew with each attempt.
      const isMoved = tallies.some((tally, index) => tally !== read[index]);
      if (wait > 0) return { tallies: isMoved ? tallies : [], result: { allowed: false, wait, scope } };

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
 * Takes back an attempt that should not count: it succeeded, or was never decided. In
 * an outage, retries until the database is back or this process ends. Callers need not
 * wait: it takes effect before the next attempt that this process permits.
 */
export function takeBackTry(subjects: readonly Subject[]): Promise<void> {
  return subjects.length === 0 ? Promise.resolve() : giveBack(subjects);
}

/** Forgets all attempts at these subjects, after a success. */
export async function forgetTries(tx: Database, subjects: readonly Subject[]): Promise<void> {
  await deleteTallies(tx, Prisma.sql`key = ANY(${subjects.map(keyOf)}::text[])`);
}

/**
 * After a successful log-in: forgets all attempts at these subjects, and the account's
 * failures in a row. Recent attempts from unknown browsers still count against the account.
 */
export async function forgetFailures(tx: Statements, account: Subject, subjects: readonly Subject[]): Promise<void> {
  const keys = subjects.map(keyOf);
  await tx.$executeRaw`
    WITH locked AS (SELECT key FROM throttles WHERE key = ANY(${[keyOf(account), ...keys]}::text[]) ORDER BY key FOR UPDATE),
         forgiven AS (UPDATE throttles t SET failures = 0 FROM locked l
                       WHERE t.key = l.key AND t.key = ${keyOf(account)} AND t.key <> ALL(${keys}::text[]))
    DELETE FROM throttles t USING locked l WHERE t.key = l.key AND t.key = ANY(${keys}::text[])`;
}

/** What an email that anyone may request counts against: its recipient, and the network that requests it. */
export function mailTo(kind: MailKind, email: string, from: string | null): Subject[] {
  return [
    ["mailbox", `${kind}:${email}:${networkOf(from)}`],
    ["mails", `${kind}:${email}`],
  ];
}

const MAIL_KINDS = ["reset", "sign-up", "change-email", "recovery"] as const;

type MailKind = (typeof MAIL_KINDS)[number];

/** Forgets all guesses at the account with this email: it has a new password or has been deleted. */
export async function forgetGuesses(tx: Database, email: string): Promise<void> {
  await deleteTallies(tx, isAbout(email));
}

/** The condition that a tally is about the account with this email. */
function isAbout(email: string): Prisma.Sql {
  const mails = MAIL_KINDS.map((kind) => keyOf(["mails", `${kind}:${email}`]));
  const keys = [keyOf(["account", email]), keyOf(["confirm", `sign-up:${email}`]), ...mails];
  const prefixes = [
    `browser:${email}:`,
    `stop:${email}:`,
    ...MAIL_KINDS.map((kind) => keyOf(["mailbox", `${kind}:${email}:`])),
  ];
  // Not by LIKE, because an address may contain its wildcards.
  return Prisma.sql`(key = ANY(${keys}::text[]) OR EXISTS (SELECT FROM unnest(${prefixes}::text[]) AS prefix WHERE starts_with(key, prefix)))`;
}

/** The tallies about an account and about its sessions, the latest attempt first. Throws an Outage. */
export async function listTallies(
  { id, email }: { id: string; email: string },
  handles: string[],
): Promise<(Tally & { scope: Scope })[]> {
  const scopes = ["change", "confirm", "demonstration", "step"] as const;
  const ofSessions = [
    ...handles.flatMap((handle) => scopes.map((scope) => keyOf([scope, handle]))),
    ...[keyOf(["code", id]), keyOf(["recovery", id])],
  ];
  return db().$queryRaw<(Tally & { scope: Scope })[]>`
    SELECT split_part(key, ':', 1) AS scope, level, failures, free_at AS "freeAt", tried_at AS "triedAt"
      FROM throttles WHERE ${isAbout(email)} OR key = ANY(${ofSessions}::text[]) ORDER BY tried_at DESC, key`;
}

/** Deletes rows in the order in which every statement locks them. */
async function deleteTallies(tx: Database, which: Prisma.Sql): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE ${which} ORDER BY key FOR UPDATE)`;
}

/** The subject's number of failures in a row. */
export async function failuresOf(subject: Subject): Promise<number> {
  const tally = await db().throttle.findUnique({ where: { key: keyOf(subject) }, select: { failures: true } });
  return tally?.failures ?? 0;
}

/**
 * Deletes tallies without an attempt for a month; an account's only after a year, and never
 * if its password is locked. Treats addresses without an account alike, or throttling would
 * reveal which accounts exist.
 */
export async function sweepThrottles(): Promise<number> {
  return inBatches(
    (most) => db().$executeRaw`
      DELETE FROM throttles WHERE key IN (${OLD_TRIES} ORDER BY t.key LIMIT ${most} FOR UPDATE SKIP LOCKED)`,
  );
}

/** The number of tallies that a sweep would delete, counted up to `COUNTED`. */
export async function countOldTries(): Promise<number> {
  return countRows(OLD_TRIES);
}

const OLD_TRIES = Prisma.sql`
  SELECT t.key FROM throttles t
   WHERE t.tried_at < now() - make_interval(secs => ${MONTH / SECOND})
     AND NOT (t.key LIKE 'account:%' AND (t.failures >= ${STOP} OR t.tried_at >= now() - make_interval(secs => ${YEAR / SECOND})))`;
