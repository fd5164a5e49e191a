// What a store of sessions does, in words of the domain. Whatever keeps them keeps to
// this, and to store/contract.test.ts; nothing outside of a store knows how it does.

import type { Database } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import type { DescribedBrowser } from "@/lib/http/user-agent";
import type { Ending, EndReason } from "@/lib/session/ending";
import type { Lifetimes } from "@/lib/session/policy";
import type { TokenHash } from "@/lib/session/token";
import type { Role } from "@/prisma/client/client";

/** Where sessions are kept. Each throws an Outage when that is away. */
export type SessionStore = {
  /**
   * Starts a session and returns its token, which is kept nowhere else. The session
   * that the same browser had before, if any, is ended with it. From then on until the
   * transaction is over, nobody else changes the user, or logs in as them.
   *
   * Throws TooManySessions when there are `MAX_SESSIONS` already and `atLimit` does not
   * make room, and UserGone when the account has been deleted.
   */
  create(tx: Database, user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<Started>;
  /** The session with this token and its user, or null. Lifetimes are for the caller to judge. */
  find(token: string): Promise<ActiveSession | null>;
  /** How the session with this token ended, or null when there never was one. */
  findEnding(token: string): Promise<Ending | null>;
  /** The active sessions of a user, the one used last first, and the store's clock. */
  list(user: Pick<User, "id" | "role">): Promise<{ sessions: Session[]; now: Date }>;
  /** How much these users use, by their ids. Users without sessions are left out. */
  useOf(userIds: string[]): Promise<Map<string, Use>>;
  /** Whether a handle is that of a session that is somebody else's. */
  isForeign(userId: string, handle: string): Promise<boolean>;
  /**
   * Records that a session was used just now: of one that is there and active. It neither
   * brings back what has ended, nor extends what is over, nor writes twice in one interval.
   */
  touch(token: string, lifetimes: Lifetimes, ipAddress: string | null): Promise<void>;
  /** Gives a session a new token, which is returned; the one before is worth nothing from then on. Null when it has ended. */
  renew(tx: Database, token: string): Promise<string | null>;
  /** Records that the password was entered just now. For `CONFIRM_LIFETIME` it is not asked for again. */
  confirm(tx: Database, handle: string): Promise<void>;
  /** Lets a confirmation last on from now, if it still counts; says whether it does. */
  extendConfirmation(handle: string): Promise<boolean>;
  /** Lets a confirmation count no more, and tells the open pages so. */
  dropConfirmation(handle: string): Promise<void>;
  /** Gives one of a user's own sessions a name, or takes it away with null. Says whether there is such a session. */
  rename(owned: { userId: string; handle: string }, name: string | null): Promise<boolean>;
  /**
   * Ends sessions, each with its line in the ledger, or none of them. What was over by its
   * age has ended then and of that: whoever asks now did not do it. Returns how many were active.
   */
  end(tx: Database, target: Target, reason: EndReason, by: Ender): Promise<number>;
  /** The selected sessions, newest log-in first, from after a position; and where the next page begins. */
  search(
    selection: Selection,
    after: Position | null,
    size?: number,
  ): Promise<{ sessions: SelectedSession[]; next: string | null }>;
  /** How many are selected; more than `COUNTED` are not counted. */
  count(selection: Selection): Promise<number>;
  /** Counts exactly what is selected, as of `until`, which is now unless it says otherwise. */
  measure(selection: Selection, until?: Date): Promise<Extent & { until: Date }>;
  /** How many sessions are active, all of them. */
  countActive(): Promise<number>;
  /**
   * Ends the selected sessions that there are when it begins, and returns how many; however
   * many, it never holds up those who use the others. What was ended by an outage stays ended.
   */
  endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number>;
  /** Ends what is over by its age, and returns how many. Returns early when another instance is at it. */
  sweep(): Promise<number>;
  /** How many such a sweep would end. */
  countExpired(): Promise<number>;
};

/** What a session starts as. */
export type Started = {
  token: string;
  handle: string;
  /** The account as it is, while nobody else can change it. */
  user: LockedUser;
};

export type User = { id: string; email: string; name: string; role: Role };

/** What a page may know about a session. Nothing in it is secret. */
export type Session = {
  handle: string;
  /** What its owner calls this browser. */
  name: string | null;
  publicComputer: boolean;
  userAgent: string | null;
  /** Where it was logged in from, and where it was used last. */
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

export type ActiveSession = {
  session: Session;
  user: User;
  lifetimes: Lifetimes;
  /** Since when the account may not log in, or null. */
  disabledAt: Date | null;
  /** The address that the user wants to have, which waits for its link to be opened. */
  pendingEmail: PendingEmail | null;
  /** The database's clock when it was asked. */
  now: Date;
};

/** How much a user uses: the sessions that are kept, including those over by their age, and when the last one was used. */
export type Use = { sessions: number; lastSeenAt: Date | null };

/** Who ends a session, from where, and why if they say so. Without a user it is the session's own; null is nobody that has an account. */
export type Ender = Client & { userId?: string | null; note?: string };

/** An account as it is while nobody else can change it. */
export type LockedUser = { id: string; role: Role; email: string; passwordHash: string; disabledAt: Date | null };

/** A session that is about to start, and the token of the one that the same browser had before. */
export type NewSession = Client & { publicComputer: boolean; previousToken: string | null };

/** What a log-in does when the user has as many sessions as there may be: which others it ends, or that it is none. */
export type AtLimit = { kind: "oldest" } | { kind: "refuse" } | { kind: "end"; handles: string[] };

/** Which sessions end. */
export type Target =
  /** That of a token, by the hash that is kept of it. */
  | { tokenHash: TokenHash }
  /** One of a user's own. Somebody else's is not found. */
  | { userId: string; handle: string }
  /** All of a user's, except for the one with this handle, if any. */
  | { userId: string; except: string | null };

/** Which sessions are meant: of those that live, the ones to which all that is given applies. Nothing given means all. */
export type Selection = {
  userId?: string | undefined;
  handle?: string | undefined;
  /** An address, or a range in CIDR notation: of where somebody logged in, or where the session was used last. */
  address?: string | undefined;
  /** Logged in before this. */
  before?: Date | undefined;
  /** Logged in at this moment or before. */
  until?: Date | undefined;
  /** The handle of one that is not meant, whatever else applies to it. */
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

/** Where a page of sessions ends: the time of the log-in, and the handle. */
export type Position = { createdAt: Date; handle: string };

/** What a selection comes to: of sessions that were there at a moment, how many, and of how many people; and how many came later. */
export type Extent = { sessions: number; people: number; newer: number };

/** There are as many sessions of this user as there may be. */
export class TooManySessions extends Error {
  override name = "TooManySessions";
}

/** Whether what was thrown is a TooManySessions. */
export function isTooManySessions(error: unknown): boolean {
  return error instanceof TooManySessions;
}

/** There is no such user any more. */
export class UserGone extends Error {
  override name = "UserGone";
}

/** Whether what was thrown is a UserGone. */
export function isUserGone(error: unknown): boolean {
  return error instanceof UserGone;
}
