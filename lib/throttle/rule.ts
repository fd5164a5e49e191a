// How often something may be tried: the pure rule, without a database.

import { HOUR, MINUTE } from "@/lib/env";

const SECOND = 1000;

/** How often something may be tried. All times in milliseconds. */
type Limit = {
  /** How many tries are free, at once. */
  allowance: number;
  /** After how long one try is forgotten. */
  forgets: number;
  /** The wait after the allowance is used up; it doubles with each further try, up to the longest. */
  firstWait: number;
  longestWait: number;
  /** After how many failures in a row, however far apart, nothing may be tried until it is reset. */
  stop: number;
};

const GROWING = { forgets: HOUR, firstWait: 30 * SECOND, longestWait: HOUR, stop: Number.POSITIVE_INFINITY };

/** NIST SP 800-63B-4 §3.2.2: no more than 100 failed attempts in a row. */
export const STOP = 100;

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

export type Scope = keyof typeof LIMITS;

/** Something to be tried, and whose: `["account", "ada@example.com"]`. */
export type Subject = readonly [scope: Scope, of: string];

/** What is known of a subject: see the table. */
export type Tally = { level: number; failures: number; freeAt: Date; triedAt: Date };

/** The limit for a subject, by its scope. */
export function limitOf(subject: Subject | undefined): Limit {
  return LIMITS[subject?.[0] ?? "application"];
}

/** The key of a subject's row. */
export function keyOf([scope, of]: Subject): string {
  return `${scope}:${of}`;
}

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
