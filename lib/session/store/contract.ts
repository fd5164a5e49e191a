// What a session store does, in words of the domain. Every store keeps this contract and passes
// contract.test.ts. Code outside a store does not know how it works.

import type { Statements } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import type { DescribedBrowser } from "@/lib/http/user-agent";
import type { Locale } from "@/lib/i18n/locale";
import type { Amr, Level } from "@/lib/session/amr";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import type { Ending, EndReason } from "@/lib/session/ending";
import type { Lifetimes } from "@/lib/session/policy";
import type { Rotation } from "@/lib/session/rotation/rule";
import type { TokenHash } from "@/lib/session/token";
import type { Prisma, Role } from "@/prisma/client/client";

/**
 * A store for sessions. Users, ledger and email are always in Postgres.
 *
 * - Every method throws an Outage when the store doesn't respond. It never treats that as
 *   "no such session". Only a touch may be lost.
 * - Nothing is cached: the next `find` of any instance sees a change. A change by hand in SQL
 *   may take two seconds to reach a store outside Postgres.
 * - All times come from the store's clock, which is also the `now` that it returns.
 * - A session has expired when its idle or its total lifetime is over, even while its row exists.
 * - `tx` is the Postgres transaction of the caller's other writes, or `db()`. A store outside
 *   Postgres does its part before `tx` commits. If a transaction fails, sessions that it ended may stay
 *   ended, and sessions that it started are never found.
 * - The user's open pages are notified of starts, endings, new names and confirmations
 *   (lib/session/events), but not of use.
 * - Starts and endings are counted (`sessionsStarted`, `sessionsEnded` in lib/metrics) after
 *   the commit.
 */
export type SessionStore = {
  /**
   * Starts a session for a user who just entered the password, or a demonstration. Returns its token, which is
   * stored nowhere. Locks the user until the transaction ends: meanwhile no other transaction
   * can change the account or log in to it.
   *
   * Ends the session that this browser had before, as "logged-out", or as "replaced" if it
   * belonged to another user. A demonstration ends the user's earlier one, as "logged-out". At
   * `MAX_SESSIONS`, `atLimit` decides which sessions end: by default the least recently used one,
   * as "over-limit". Demonstrations make room before all others. Throws TooManySessions when that
   * makes no room, and UserGone when the account has been deleted, or the session that starts a
   * demonstration has ended.
   */
  create(tx: Statements, user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<Started>;
  /**
   * The session with this token and its user's current data, or null. Also finds sessions that
   * have expired or whose user is disabled: callers check both.
   */
  find(token: string): Promise<ActiveSession | null>;
  /**
   * What `find` and `list` return for this session and its user, with a value about the user. With sessions in Postgres
   * that is one statement. Null without such a session.
   */
  findWith<Value>(token: string, about: AboutUser): Promise<FoundWith<Value> | null>;
  /**
   * How the session with this token ended, according to the ledger; null when it has no such line. A store that ends
   * with its process says "restarted" of a token that it does not know.
   */
  findEnding(token: string): Promise<Ending | null>;
  /**
   * The user's active sessions, the most recently used first, and the store's clock. `expired` are
   * those that are over, but that no sweep has ended yet.
   */
  list(user: Pick<User, "id" | "role">): Promise<Listed>;
  /**
   * The number of sessions and the last use of each of these users, by user id. Omits users without sessions. Null
   * when only another process can tell.
   */
  useOf(userIds: string[]): Promise<Map<string, Use> | null>;
  /** Whether one of these handles is that of another user's session. */
  isForeign(userId: string, handles: string[]): Promise<boolean>;
  /**
   * Records that a session was used just now, and from which address; null keeps the stored
   * address. Changes only an active session, at most once per `lifetimes.touch`: it neither
   * restores an ended session nor extends an expired one. A rotation of its cookie is stored at once, unless the
   * session has rotated since it was read.
   */
  touch(token: string, lifetimes: Lifetimes, ipAddress: string | null, brought?: Brought): Promise<void>;
  /**
   * Gives a session a new token and returns it; the old token stops working, and its cookie has not rotated yet. Null
   * when the session has ended.
   */
  renew(tx: Statements, token: string): Promise<string | null>;
  /**
   * Stores the key of a session's browser, and returns when that was. The same key may come again, with the same
   * result, until the browser has proved once that it has it. Null for another key, after that, and when the session
   * has ended.
   */
  bind(handle: string, key: ProofKey): Promise<Date | null>;
  /**
   * Records that the browser has just proved that it has the key, and returns when. The first time binds the
   * session. Null if it has proved that since `provedAt`, or if the session has ended: one challenge is good for one
   * proof.
   */
  prove(tx: Statements, handle: string, provedAt: Date): Promise<Date | null>;
  /** Forgets the key of a session's browser, so that another one can be stored. */
  unbind(tx: Statements, handle: string): Promise<void>;
  /**
   * Records that the user proved who they are just now, by default with the password. That counts as recent for
   * `CONFIRM_LIFETIME`. The session keeps its earlier proofs, so its level can only rise.
   */
  confirm(tx: Statements, handle: string, amr?: readonly Amr[]): Promise<void>;
  /** Whether the user still counts as confirmed recently. If so, restarts that period of `CONFIRM_LIFETIME`. */
  extendConfirmation(handle: string): Promise<boolean>;
  /** Makes the last confirmation no longer count as recent. */
  dropConfirmation(handle: string): Promise<void>;
  /**
   * Returns whether the session with this handle has not ended. If so, nothing else changes or ends it, or another one of
   * its user, until the transaction is over. Lock the user first.
   */
  hold(tx: Statements, handle: string): Promise<boolean>;
  /** Names one of the user's own sessions; null removes the name. Returns whether there is such a session. */
  rename(owned: { userId: string; handle: string }, name: string | null): Promise<boolean>;
  /**
   * Ends sessions and writes one ledger line for each: both or neither. However many callers
   * end a session at once, it ends once. It ends even if another transaction renews its token meanwhile.
   *
   * A session that had already expired is recorded with the reason and time of its expiry, and
   * without `by`. Returns the number of the other sessions, which this call ended.
   */
  end(tx: Statements, target: Target, reason: EndReason, by: Ender): Promise<number>;
  /**
   * A page of at most `size` (50) selected sessions in the order of their log-ins, the "newest"
   * first unless `first` is "oldest": the first page, or the page after a position. `next` is the
   * position of the next page as text (store/position.ts), or null.
   */
  search(
    selection: Selection,
    after: Position | null,
    size?: number,
    first?: "newest" | "oldest",
  ): Promise<{ sessions: SelectedSession[]; next: string | null }>;
  /** The number of selected sessions, counted up to `COUNTED` (lib/capped-count); a larger number means "more". */
  count(selection: Selection): Promise<number>;
  /** Counts the selected sessions at the moment `until`, by default now, without an upper limit. Returns that moment, too. */
  measure(selection: Selection, until?: Date): Promise<Extent & { until: Date }>;
  /** The number of active sessions of all users. */
  countActive(): Promise<number>;
  /**
   * Ends the selected sessions that exist when it begins, as `end` does, and returns how many.
   * However many there are, it never holds up other users. After an Outage, sessions that it
   * had ended stay ended.
   */
  endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number>;
  /**
   * Ends expired sessions, writes a ledger line for each, and returns how many. Returns early
   * while another instance sweeps.
   */
  sweep(): Promise<number>;
  /** The number of sessions that a sweep would end now. */
  countExpired(): Promise<number>;
  /**
   * Makes a change of a user's row visible to `find`: role, disabled, email, name, language, time
   * zone, second factor, and a requested email. Call it in the transaction, after the change.
   */
  changed(tx: Statements, userId: string): Promise<void>;
};

/** A session that has just started. */
export type Started = {
  token: string;
  handle: string;
  user: LockedUser;
  /** The last use of each of the user's sessions before it, even of those that it ended. `now` is the store's clock. */
  before: (Pick<Session, "lastIpAddress" | "lastSeenAt"> & { now: Date })[];
};

export type Listed = { sessions: Session[]; expired: Session[]; now: Date };

/** A value in Postgres: `sql` is always the same for a name, except for the user's id and the session's handle. */
export type AboutUser = { name: string; sql: (user: Prisma.Sql, handle: Prisma.Sql) => Prisma.Sql };

export type FoundWith<Value> = { found: ActiveSession; listed: Listed; about: Value };

export type User = { id: string; email: string; name: string; role: Role };

/** The parts of a session that pages may show. None of them is secret. */
export type Session = {
  /** Names the session on pages and in addresses: a UUID that reveals nothing about the token. */
  handle: string;
  /** The owner's name for this browser. */
  name: string | null;
  publicComputer: boolean;
  /** Whether the user started it to see what a copied cookie is worth (lib/auth/demonstration). */
  demonstration: boolean;
  /** The browser as it claimed at the log-in, at most `LONGEST_USER_AGENT` characters. */
  userAgent: string | null;
  /** The address of the log-in, and the address of the last use. */
  ipAddress: string | null;
  lastIpAddress: string | null;
  /** How its user proved who they are, and the number of factors: 1 or 2. See lib/session/amr. */
  amr: Amr[];
  level: Level;
  /** When the user last proved who they are, and until when that counts as recent. */
  confirmedAt: Date;
  confirmedUntil: Date;
  createdAt: Date;
  lastSeenAt: Date;
  /** Since when the session has been bound to the device on which it began; null if it is not. */
  boundAt: Date | null;
  /** When the session ends if it isn't used again. */
  idleAt: Date;
  /** When the session ends even if it is used. */
  totalAt: Date;
};

/** A new email address, and until when the link that was sent there can be used. */
export type PendingEmail = { email: string; until: Date };

/** The key of a session's browser: see lib/session/dbsc. */
export type Binding = {
  key: ProofKey;
  /** When the browser last proved that it has the key, or registered it. */
  provedAt: Date;
  /** The `provedAt` of the newest proof that has come back with a request, so that the browser must be holding it. */
  seenAt: Date | null;
};

/** What a use of a session brings to be stored with it. */
export type Brought = {
  /** The moment of the newest proof, if the use brought it. */
  seen?: Date | null;
  /** The rotation of the session's cookie, if it changes what was read. */
  rotated?: Rotated | null;
};

/** A rotation of a session's cookie: from the state that was read, to the one that follows. */
export type Rotated = { from: Rotation | null; to: Rotation };

/** A session with everything that a request needs to know about it. */
export type ActiveSession = {
  session: Session;
  /** The key of its browser; null without one. */
  binding: Binding | null;
  /** How far its cookie has rotated; null before the first rotation. See lib/session/rotation. */
  rotation: Rotation | null;
  user: User;
  lifetimes: Lifetimes;
  /** Since when the account has been disabled, or null. */
  disabledAt: Date | null;
  /** The email address that the user asked to change to, until its link is opened or expires. */
  pendingEmail: PendingEmail | null;
  /** The language that the user chose for pages and emails; null for none. */
  locale: Locale | null;
  /** The IANA name of the time zone that the user chose for pages and emails; null for none. */
  timeZone: string | null;
  /** Whether the user has a second factor: an authenticator app or a passkey. */
  hasSecondFactor: boolean;
  /** The store's clock at the time of the query. */
  now: Date;
};

/** A user's number of stored sessions, including expired ones, and when the last one was used. */
export type Use = { sessions: number; lastSeenAt: Date | null };

/**
 * Who ends a session, from where, and optionally why. An omitted `userId` means the session's
 * own user; null means a person without an account, such as an operator on the command line. With
 * a `receipt`, a new UUID, the pages of the sessions confirm to `userId` that they are blank.
 */
export type Ender = Client & { userId?: string | null; note?: string; receipt?: string };

/** A user whom no other transaction can change until this one ends. */
export type LockedUser = {
  id: string;
  role: Role;
  email: string;
  passwordHash: string;
  disabledAt: Date | null;
  hasSecondFactor: boolean;
  /** How often the user's factors have changed. */
  factorVersion: number;
};

/** The data of a session to start, and the token of this browser's previous session, if any. */
export type NewSession = Client & {
  publicComputer: boolean;
  previousToken: string | null;
  /** How the user has just proved who they are; by default with the password. */
  amr?: readonly Amr[];
  /**
   * For a demonstration: its name, and the handle of the session that starts it. The password was last
   * entered when it was there, and doesn't count as recent.
   */
  demonstration?: { name: string; startedBy: string };
};

/**
 * What a log-in at `MAX_SESSIONS` does: ends the least recently used session; is refused; or ends
 * the sessions with these handles, as "revoked".
 */
export type AtLimit = { kind: "oldest" } | { kind: "refuse" } | { kind: "end"; handles: string[] };

/** Which sessions to end. */
export type Target =
  /** The session whose token has this hash. */
  | { tokenHash: TokenHash }
  /** Some of the user's own sessions. Other users' sessions are not found. */
  | { userId: string; handles: string[] }
  /** All sessions of a user, except the one with this handle, if any. */
  | { userId: string; except: string | null };

/** Selects the active sessions that match every given filter; without filters, all of them. */
export type Selection = {
  userId?: string | undefined;
  /** The handles of the sessions. None of them matches an empty list. */
  handles?: string[] | undefined;
  /** An address, or a range in CIDR notation: of the log-in or of the last use. */
  address?: string | undefined;
  /** Logged in before this moment. */
  before?: Date | undefined;
  /** Logged in at or before this moment. */
  until?: Date | undefined;
  /** Used since this moment. */
  usedSince?: Date | undefined;
  /** Bound to its device (true), or not bound (false). */
  bound?: boolean | undefined;
  /** The handle of a session to leave out, even if it matches the rest. */
  except?: string | undefined;
};

/** A session as an administrator sees it: times as ISO 8601, no secrets. */
export type SelectedSession = DescribedBrowser & {
  handle: string;
  userId: string;
  email: string;
  userName: string;
  publicComputer: boolean;
  demonstration: boolean;
  firstAddress: string | null;
  lastAddress: string | null;
  since: string;
  lastSeen: string;
  /** Since when it has been bound to its device; null if it is not. */
  boundAt: string | null;
};

/** Where a page of sessions ends: the log-in time and handle of its last session. */
export type Position = { createdAt: Date; handle: string };

/** The size of a selection at a moment: its sessions, their users (`people`), and matching sessions started later (`newer`). */
export type Extent = { sessions: number; people: number; newer: number };

/** The user has `MAX_SESSIONS` sessions, and the log-in may not end enough of them. */
export class TooManySessions extends Error {
  override name = "TooManySessions";
}

/** Whether the error is a TooManySessions. */
export function isTooManySessions(error: unknown): boolean {
  return error instanceof TooManySessions;
}

/** The user no longer exists. */
export class UserGone extends Error {
  override name = "UserGone";
}

/** Whether the error is a UserGone. */
export function isUserGone(error: unknown): boolean {
  return error instanceof UserGone;
}
