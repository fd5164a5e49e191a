// How often something may be attempted: pure rules, without a database.

import { HOUR, MINUTE, SECOND } from "@/lib/env";

/** How often something may be attempted. All times are in milliseconds. */
type Limit = {
  /** The number of attempts without a wait. */
  allowance: number;
  /** The time after which one attempt is forgotten. */
  forgets: number;
  /** The wait once the allowance is used up. It doubles with each further attempt, up to `longestWait`. */
  firstWait: number;
  longestWait: number;
  /** After this many failures in a row, however far apart, no attempt is allowed until a reset. */
  stop: number;
};

const GROWING = { forgets: HOUR, firstWait: 30 * SECOND, longestWait: HOUR, stop: Number.POSITIVE_INFINITY };

/** NIST SP 800-63B-4 §3.2.2: no more than 100 failed attempts in a row. */
export const STOP = 100;

/** The limits by scope. The scope is also the part of a key before the colon. */
const LIMITS = {
  /** Guesses at an account's password from unknown browsers. */
  account: { ...GROWING, allowance: 5, stop: STOP },
  /** Guesses at it from one known browser: an allowance of its own, which attackers elsewhere can't use up. */
  browser: { ...GROWING, allowance: 10, stop: STOP },
  /** Guesses at the password when a session asks for it again. */
  confirm: { ...GROWING, allowance: 5, stop: STOP },
  /** Codes of an account's authenticator app, and its recovery codes. Only the right password leads here. */
  code: { ...GROWING, allowance: 5 },
  recovery: { ...GROWING, allowance: 5 },
  /** Codes that one half-finished log-in, or one session, sends. */
  step: { ...GROWING, allowance: 5 },
  /** Codes that stop an account's recovery, from one network: a thief elsewhere must not use up the owner's attempts. */
  stop: { ...GROWING, allowance: 5 },
  /** Responses of passkeys from one network. No account has to wait for them: a signature cannot be guessed. */
  passkey: { ...GROWING, allowance: 20, forgets: MINUTE },
  /** Challenges for passkeys that one network or one session asks for. Every view of the log-in page asks for one. */
  challenge: { ...GROWING, allowance: 200, forgets: SECOND, longestWait: MINUTE },
  /** Confirmations, and changes of names, factors and trust, by one session. Each writes to the ledger, and some send an email. */
  change: { ...GROWING, allowance: 60, forgets: MINUTE, longestWait: MINUTE },
  /** Demonstrations that one session starts: see lib/auth/demonstration. */
  demonstration: { ...GROWING, allowance: 10, forgets: 2 * MINUTE },
  /** Guesses from one address, which several people may share. */
  address: { ...GROWING, allowance: 20 },
  /** Guesses at the whole application. The maximum wait is short, because it affects everyone. */
  application: { ...GROWING, allowance: 1000, forgets: SECOND, longestWait: MINUTE },
  /** Emails to one address, requested from one network. Requests from elsewhere have their own allowance. */
  mailbox: { ...GROWING, allowance: 3 },
  /** Emails to one address, requested from anywhere: the recipient's limit, however many networks an attacker has. */
  mails: { ...GROWING, allowance: 20 },
  /** Forms from one address that send email, create accounts or spend links. */
  sender: { ...GROWING, allowance: 30, forgets: 5 * MINUTE },
} satisfies Record<string, Limit>;

export type Scope = keyof typeof LIMITS;

/** What is attempted, and at whose expense: `["account", "ada@example.com"]`. */
export type Subject = readonly [scope: Scope, of: string];

/** The state of a subject: see the table. */
export type Tally = { level: number; failures: number; freeAt: Date; triedAt: Date };

/** The limit for a subject, by its scope. */
export function limitOf(subject: Subject | undefined): Limit {
  return LIMITS[subject?.[0] ?? "application"];
}

/** The key of a subject's row. */
export function keyOf([scope, of]: Subject): string {
  return `${scope}:${of}`;
}

/** Milliseconds that a subject has to wait before the next attempt; 0 if it need not wait. */
export function waitOf({ freeAt, failures }: Tally, { stop, longestWait }: Limit, now: Date): number {
  // A locked subject gets the same response as one with the longest wait. Otherwise
  // the difference would reveal that the account exists.
  return failures >= stop ? longestWait : Math.max(0, freeAt.getTime() - now.getTime());
}

/**
 * The tally with its times moved back if the last attempt lies ahead, because the database's clock has gone back since
 * then. What remained of the wait at that attempt remains, and not the time that the clock was ahead.
 */
export function notAhead(tally: Tally, now: Date): Tally {
  const ahead = tally.triedAt.getTime() - now.getTime();
  return ahead > 0 ? { ...tally, freeAt: new Date(tally.freeAt.getTime() - ahead), triedAt: now } : tally;
}

/** The tally after one more attempt, which counts as a failure until it is taken back. */
export function countTry({ level, failures, freeAt }: Tally, limit: Limit, now: Date): Tally {
  const reached = remaining({ level, freeAt }, limit, now) + 1;
  const excess = Math.round(reached - limit.allowance);
  const wait = excess < 0 ? 0 : Math.min(limit.firstWait * 2 ** excess, limit.longestWait);
  return { level: reached, failures: failures + 1, freeAt: new Date(now.getTime() + wait), triedAt: now };
}

/** The number of attempts that still count. Nothing is forgotten while the subject has to wait. */
function remaining({ level, freeAt }: Pick<Tally, "level" | "freeAt">, { forgets }: Limit, now: Date): number {
  return Math.max(0, level - Math.max(0, now.getTime() - freeAt.getTime()) / forgets);
}
