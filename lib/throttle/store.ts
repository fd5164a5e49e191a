import { countRows } from "@/lib/capped-count";
import { type Database, db, namingOutages } from "@/lib/db";
import { DAY } from "@/lib/env";
import { countThrottled } from "@/lib/ledger/hourly";
import { metrics } from "@/lib/metrics";
import { Prisma } from "@/prisma/client/client";
import { networkOf } from "./network";
import { countTry, keyOf, limitOf, type Scope, STOP, type Subject, uncountTry, waitOf } from "./rule";
import { change } from "./tallies";

const SECOND = 1000;

const MONTH = 30 * DAY;

const YEAR = 365 * DAY;

/** Rows deleted in one statement. */
const BATCH = 1000;

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
