// What a store of sessions does, in words of the domain. Every store keeps to this and
// to contract.test.ts; nothing outside of a store knows how it does.

import type { Database } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import type { DescribedBrowser } from "@/lib/http/user-agent";
import type { Locale } from "@/lib/i18n/locale";
import type { Ending, EndReason } from "@/lib/session/ending";
import type { Lifetimes } from "@/lib/session/policy";
import type { TokenHash } from "@/lib/session/token";
import type { Role } from "@/prisma/client/client";

/**
 * Where sessions are kept. Users, ledger and mail are in Postgres in any case.
 *
 * - Every method throws an Outage when the store does not answer, and never takes that
 *   for "no such session".
 * - Nothing is cached: a change counts from the next `find` on, in every instance.
 * - All times are by the store's clock, which is also the `now` that it returns.
 * - `tx` is the transaction of Postgres that the caller's other writes are in, or `db()`.
 *   A store elsewhere does its part before that is committed. Where a transaction fails,
 *   sessions that were ended in it may stay ended, and none that it started is found.
 * - A start, an ending, and a change of a name or a confirmation are announced to the
 *   user's open pages (lib/session/events). Use is not.
 * - Starts and endings are counted (`sessionsStarted`, `sessionsEnded` in lib/metrics)
 *   once they are committed.
 */
export type SessionStore = {
  /**
   * Starts a session, whose password was entered just now, and returns its token, which
   * is kept nowhere else. Until the transaction is over, nobody else can change the user
   * or log in as them.
   *
   * Ends the session that the same browser had before, as "logged-out", or as "replaced"
   * if it is another user's. At `MAX_SESSIONS`, ends what `atLimit` says: by default the
   * one used longest ago, as "over-limit". Throws TooManySessions when that makes no room,
   * and UserGone when the account has been deleted.
   */
  create(tx: Database, user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<Started>;
  /**
   * The session with this token and its user as they are now, or null. One that is over by
   * its age, or whose user is disabled, is found as well: callers judge that themselves.
   */
  find(token: string): Promise<ActiveSession | null>;
  /** How the session with this token ended, by its line in the ledger; null when there is none. */
  findEnding(token: string): Promise<Ending | null>;
  /** The active sessions of a user, the one used last first, and the store's clock. */
  list(user: Pick<User, "id" | "role">): Promise<{ sessions: Session[]; now: Date }>;
  /** How much these users use, by their ids. Users without sessions are left out. */
  useOf(userIds: string[]): Promise<Map<string, Use>>;
  /** Whether a session with this handle exists and belongs to another user. */
  isForeign(userId: string, handle: string): Promise<boolean>;
  /**
   * Records that a session was used just now, and from which address; null leaves the
   * address as it is. Changes an active session alone, at most once per `lifetimes.touch`:
   * it neither brings back a session that has ended nor extends one that is over.
   */
  touch(token: string, lifetimes: Lifetimes, ipAddress: string | null): Promise<void>;
  /** Gives a session a new token and returns it. The old one is worth nothing from then on. Null when the session has ended. */
  renew(tx: Database, token: string): Promise<string | null>;
  /** Records that the password was entered just now, which counts as recent for `CONFIRM_LIFETIME`. */
  confirm(tx: Database, handle: string): Promise<void>;
  /** Whether the password still counts as entered recently. If so, that lasts for `CONFIRM_LIFETIME` from now on. */
  extendConfirmation(handle: string): Promise<boolean>;
  /** From now on the password no longer counts as entered recently. */
  dropConfirmation(handle: string): Promise<void>;
  /** Gives one of a user's own sessions a name, or with null takes it away. Returns whether there is such a session. */
  rename(owned: { userId: string; handle: string }, name: string | null): Promise<boolean>;
  /**
   * Ends sessions, each with its one line in the ledger: both or neither. Sessions that
   * were over by their age get the reason and the time of that, and not `by`, who did not
   * end them. Returns how many others have ended. However many callers end a session, it
   * ends once.
   */
  end(tx: Database, target: Target, reason: EndReason, by: Ender): Promise<number>;
  /**
   * A page of at most `size` (50) selected sessions, the newest log-in first: the first
   * page, or the one that begins after a position. `next` is the position of the page
   * after it as text (store/position.ts), or null.
   */
  search(
    selection: Selection,
    after: Position | null,
    size?: number,
  ): Promise<{ sessions: SelectedSession[]; next: string | null }>;
  /** How many sessions are selected, up to `COUNTED` (lib/capped-count); any larger number means "more". */
  count(selection: Selection): Promise<number>;
  /** Counts exactly the selected sessions that existed at `until`, by default now, and says which moment that was. */
  measure(selection: Selection, until?: Date): Promise<Extent & { until: Date }>;
  /** How many sessions are active in all. */
  countActive(): Promise<number>;
  /**
   * Ends the selected sessions that exist when it begins, as `end` does, and returns how
   * many. However many there are, it never holds up users of the others. After an Outage,
   * those that were ended by then stay ended.
   */
  endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number>;
  /**
   * Ends the sessions that are over by their age, each with its line in the ledger, and
   * returns how many. While another instance sweeps, it returns early.
   */
  sweep(): Promise<number>;
  /** How many sessions a sweep would end now. */
  countExpired(): Promise<number>;
};

/** A session that has just started. */
export type Started = {
  token: string;
  handle: string;
  user: LockedUser;
};

export type User = { id: string; email: string; name: string; role: Role };

/** What a page may know of a session. Nothing in it is secret. */
export type Session = {
  /** Names the session on pages and in addresses: a UUID, which says nothing about the token. */
  handle: string;
  /** What its owner calls this browser. */
  name: string | null;
  publicComputer: boolean;
  /** The browser as it claimed at the log-in, at most `LONGEST_USER_AGENT` characters. */
  userAgent: string | null;
  /** Where the log-in came from, and where the session was used last. */
  ipAddress: string | null;
  lastIpAddress: string | null;
  /** When the password was entered last, and until when that counts as recent. */
  confirmedAt: Date;
  confirmedUntil: Date;
  createdAt: Date;
  lastSeenAt: Date;
  /** When it ends if it is not used again. */
  idleAt: Date;
  /** When it ends in any case. */
  totalAt: Date;
};

/** An address, and until when the link that was sent there can be used. */
export type PendingEmail = { email: string; until: Date };

/** A session with all that a request has to know of it. */
export type ActiveSession = {
  session: Session;
  user: User;
  lifetimes: Lifetimes;
  /** Since when the account may not log in, or null. */
  disabledAt: Date | null;
  /** The address that the user wants to have, until its link is opened or expires. */
  pendingEmail: PendingEmail | null;
  /** The language that the user chose for pages and emails; null for none. */
  locale: Locale | null;
  /** The store's clock when it was asked. */
  now: Date;
};

/** How much a user uses: the sessions that are kept, including those over by their age, and when the last one was used. */
export type Use = { sessions: number; lastSeenAt: Date | null };

/**
 * Who ends a session, from where, and why if they say so. Without a `userId` it is the
 * session's own user; null is somebody without an account, as on the command line.
 */
export type Ender = Client & { userId?: string | null; note?: string };

/** An account, which nobody else can change until the transaction is over. */
export type LockedUser = { id: string; role: Role; email: string; passwordHash: string; disabledAt: Date | null };

/** A session that is about to start, and the token of the one that the same browser had before, if any. */
export type NewSession = Client & { publicComputer: boolean; previousToken: string | null };

/** What a log-in at `MAX_SESSIONS` ends: the session used longest ago; none, and it is refused; or these, as "revoked". */
export type AtLimit = { kind: "oldest" } | { kind: "refuse" } | { kind: "end"; handles: string[] };

/** Which sessions to end. */
export type Target =
  /** The one with this token, by the hash that is kept of it. */
  | { tokenHash: TokenHash }
  /** One of a user's own. Other users' sessions are not found. */
  | { userId: string; handle: string }
  /** All sessions of a user, except for the one with this handle, if any. */
  | { userId: string; except: string | null };

/** Which sessions are selected: the active ones that match everything that is given. Nothing given means all. */
export type Selection = {
  userId?: string | undefined;
  handle?: string | undefined;
  /** An address, or a range in CIDR notation, from which the log-in came or the session was used last. */
  address?: string | undefined;
  /** Logged in before this. */
  before?: Date | undefined;
  /** Logged in at this moment or before. */
  until?: Date | undefined;
  /** The handle of a session that is left out, whatever else it matches. */
  except?: string | undefined;
};

/** A session as an administrator sees it: times as ISO 8601, and no secret. */
export type SelectedSession = DescribedBrowser & {
  handle: string;
  userId: string;
  email: string;
  userName: string;
  publicComputer: boolean;
  firstAddress: string | null;
  lastAddress: string | null;
  since: string;
  lastSeen: string;
};

/** Where a page of sessions ends: the log-in time and the handle of its last one. */
export type Position = { createdAt: Date; handle: string };

/** What a selection comes to: how many sessions existed at a moment, of how many people, and how many are newer. */
export type Extent = { sessions: number; people: number; newer: number };

/** The user has `MAX_SESSIONS` sessions, and the log-in may not make room. */
export class TooManySessions extends Error {
  override name = "TooManySessions";
}

/** Whether what was thrown is a TooManySessions. */
export function isTooManySessions(error: unknown): boolean {
  return error instanceof TooManySessions;
}

/** The user no longer exists. */
export class UserGone extends Error {
  override name = "UserGone";
}

/** Whether what was thrown is a UserGone. */
export function isUserGone(error: unknown): boolean {
  return error instanceof UserGone;
}
