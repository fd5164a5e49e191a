import { randomUUID } from "node:crypto";
import { type Database, pipelined, type Statements, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Credentials } from "@/lib/forms/credentials";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { travelText } from "@/lib/ledger/travel";
import { enqueue } from "@/lib/mail/queue";
import { metrics } from "@/lib/metrics";
import { withCommit } from "@/lib/pipeline";
import { clientGone } from "@/lib/request-context";
import { type Amr, combined, levelOf } from "@/lib/session/amr";
import type { HalfLogin } from "@/lib/session/cookie";
import {
  clearLoginCookie,
  currentClient,
  currentDevice,
  currentLogin,
  newSessionHere,
  setDeviceCookie,
  setSessionCookie,
} from "@/lib/session/current";
import { type ShownSessions, showSessionsOf } from "@/lib/session/session-view";
import { lockUser, sessionStore } from "@/lib/session/store";
import { type AtLimit, isTooManySessions, isUserGone, type LockedUser } from "@/lib/session/store/contract";
import { newToken } from "@/lib/session/token";
import { isUndecided, orTryLater, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { failuresOf, forgetFailures, takeBackTry } from "@/lib/throttle/store";
import {
  createOneTimeToken,
  emailOfOneTimeToken,
  findOneTimeToken,
  spendOneTimeToken,
} from "@/lib/users/one-time-tokens";
import { findUser } from "@/lib/users/store";
import {
  type Authentication,
  accountSubject,
  authenticate,
  browserSubject,
  type Source,
  subjectsOf,
} from "./authenticate";
import { isKnownBrowser, rememberBrowser, trustBrowser } from "./device";
import { type FarApart, findFarApart } from "./far-apart";
import { redeemRecoveryCode } from "./second-factor/codes";
import { needsSecondStep } from "./second-factor/factors";
import { isTrusted } from "./trusted-key";

export type LogIn =
  | { state: "logged-in" }
  | { state: "refused" }
  /** The password is right, but the user already has the maximum number of sessions. */
  | { state: "full"; choice: Choice | null }
  /** The password is right, and the user has a second factor. With `half` the second step can be taken. */
  | { state: "second-step"; half: HalfLogin }
  | TryLater;

/** The sessions to choose from, and the ticket to do so with: it proves that the password was right. */
export type Choice = { ticket: string } & ShownSessions;

/** Logs in in this browser with an email and a password. A refusal does not say which of them is wrong. */
export async function logIn(credentials: Credentials): Promise<LogIn> {
  return counted(async () => {
    const source = await currentSource();
    const outcome = await authenticate(credentials, source);
    if (outcome.state !== "authenticated") return outcome;

    const { publicComputer } = credentials;
    if (outcome.hasFactor && (await needsSecondStep(outcome.user.id, source.device)))
      return beginSecondStep(outcome, publicComputer, source);
    return enter(outcome, { publicComputer, atLimit: atLimit(), amr: ["pwd"] }, source);
  });
}

/** Gives the user ten minutes for the second step. What is returned opens nothing else. */
async function beginSecondStep(who: Authenticated, publicComputer: boolean, source: Source): Promise<LogIn> {
  const { user, passwordHash, isKnown } = who;
  const token = await createOneTimeToken({
    kind: "second-step",
    // Each log-in has its own: one in another browser does not end this one.
    about: `${user.id}:${randomUUID()}`,
    email: user.email,
    userId: user.id,
    passwordHash,
    amr: ["pwd"],
  });
  // The password was right, so this was not a guess.
  void takeBackTry(subjectsOf(user.email, source, isKnown));
  return { state: "second-step", half: { token, publicComputer } };
}

/** An account as it was before a proof of its user was checked: `enter` refuses it if it has changed since. */
type Account = Pick<LockedUser, "id" | "email" | "role" | "passwordHash"> & { factorVersion: number | null };

/**
 * The log-in that waits for its second step, by default the one in this browser's cookie, and its account, with the
 * password's hash of its first step. Null if there is none, if it has expired, or if the password has changed since.
 * Throws an Outage.
 */
export async function findHalfLogin(given?: HalfLogin): Promise<(HalfLogin & { user: Account }) | null> {
  const half = given ?? (await currentLogin());
  const link = half && (await findOneTimeToken(half.token, "second-step"));
  const user = link?.userId ? await findUser(link.userId) : null;
  return half && user && link?.passwordHash ? { ...half, user: { ...user, passwordHash: link.passwordHash } } : null;
}

/**
 * What the log-in form of this browser had when it led to the second step, even if that has expired; null when nothing
 * is known of it any more. Throws an Outage.
 */
export async function formOfHalfLogin(): Promise<{ email: string; publicComputer: boolean } | null> {
  const half = await currentLogin();
  const email = half && (await emailOfOneTimeToken(half.token, "second-step"));
  return half && email ? { email, publicComputer: half.publicComputer } : null;
}

/**
 * Turns a half-finished log-in, as it was before the check, into a session, after `proof` of a second factor was right.
 * With `trust`, later log-ins in this browser do not ask for it, unless the computer is public. `given` is the log-in if
 * it is not the one in this browser's cookie. A `recoveryCode` that was the proof is used up, unless the log-in is refused.
 */
export async function finishLogIn(
  { token, publicComputer, user }: HalfLogin & { user: Account },
  proof: readonly Amr[],
  {
    trust = false,
    given,
    recoveryCode = null,
  }: { trust?: boolean; given?: HalfLogin | undefined; recoveryCode?: string | null } = {},
): Promise<LogIn> {
  return counted(async () => {
    const source = await currentSource();
    const who = await withoutPassword(user, source);
    const ticket = { token, kind: "second-step" as const };
    const amr = combined("pwd", ...proof);
    const outcome = await enter(who, { publicComputer, atLimit: atLimit(), amr, ticket, trust, recoveryCode }, source);
    if (outcome.state === "logged-in" && !given) await clearLoginCookie();
    return outcome;
  });
}

/**
 * Logs in, without a password, the user of a passkey that has just been checked. `user` is the account as it was before
 * the check; `amr` must be two factors.
 * @public
 */
export async function logInByPasskey(
  user: Account,
  { amr, publicComputer }: { amr: readonly Amr[]; publicComputer: boolean },
): Promise<LogIn> {
  if (levelOf(amr) < 2) return { state: "refused" };
  return counted(async () => {
    const source = await currentSource();
    return enter(
      await withoutPassword(user, source),
      { publicComputer, atLimit: atLimit(), amr, isFree: true },
      source,
    );
  });
}

function atLimit(): AtLimit {
  return { kind: env().AT_MAX_SESSIONS === "oldest" ? "oldest" : "refuse" };
}

/** An account as if its password had just been checked, when something else proves that it was right. */
async function withoutPassword(account: Account, source: Source): Promise<Authenticated> {
  const { passwordHash, factorVersion, ...user } = account;
  const isKnown = source.device !== null && (await isKnownBrowser(source.device, user.email));
  const failures = await failuresOf(accountSubject(user.email));
  const before = { isKnown, failures: isKnown ? 0 : failures, strangers: failures };
  return { state: "authenticated", user, passwordHash, factorVersion, hasFactor: true, ...before };
}

/** Logs in with a ticket instead of the password, and ends the session that the user chose to make room. */
export async function logInInstead(ticket: string, handle: string, publicComputer: boolean): Promise<LogIn> {
  return counted(async () => {
    const source = await currentSource();
    const link = await findOneTimeToken(ticket, "choose");
    const user = link?.userId ? await findUser(link.userId) : null;
    if (!link?.passwordHash || !user) return { state: "refused" };
    const { passwordHash, factorVersion } = link;
    const who = await withoutPassword({ ...user, passwordHash, factorVersion }, source);
    // A second factor may have been added since the ticket was made.
    if (levelOf(link.amr) < 2 && (await needsSecondStep(user.id, source.device))) return { state: "refused" };

    const room = { kind: "end" as const, handles: [handle] };
    const its = { publicComputer, atLimit: room, amr: link.amr, ticket: { token: ticket, kind: "choose" as const } };
    const outcome = await enter(who, its, source);
    if (outcome.state === "logged-in" && (await currentLogin())) await clearLoginCookie();
    return outcome;
  });
}

async function counted(work: () => Promise<LogIn>): Promise<LogIn> {
  const outcome = await orTryLater(work);
  // If the client has disconnected, its outcome says nothing about the server.
  if (!clientGone()?.aborted) metrics().logins.inc({ outcome: outcome.state });
  return outcome;
}

type Authenticated = Extract<Authentication, { state: "authenticated" }>;

type Manner = {
  publicComputer: boolean;
  atLimit: AtLimit;
  /** How the user has proved who they are. */
  amr: readonly Amr[];
  /** The ticket that replaces the password. No attempt was counted for it. */
  ticket?: { token: string; kind: "choose" | "second-step" };
  /** Whether no attempt at a password was counted. */
  isFree?: boolean;
  /** Whether later log-ins in this browser need no second step. */
  trust?: boolean;
  /** The recovery code to use up; null for none. */
  recoveryCode?: string | null;
};

/** The account was changed, disabled or deleted while its password or a factor was being checked. */
class Superseded extends Error {}

/** A second factor was added while the password was being checked, so it is not enough any more. */
class FactorAdded extends Error {}

/** Starts the session of an authenticated user, and notifies the account's owner if necessary. */
async function enter(who: Authenticated, manner: Manner, source: Source): Promise<LogIn> {
  const { publicComputer, atLimit, amr, ticket, isFree = ticket !== undefined, trust = false } = manner;
  const { recoveryCode = null } = manner;
  const { user, isKnown, failures, strangers } = who;
  const subjects = subjectsOf(user.email, source, isKnown);
  // With a ticket, the attempt has already been taken back.
  const takeBack = (tried: Subject[]) => void (isFree || takeBackTry(tried));
  // A public computer belongs to no user, so we don't remember it.
  const device = publicComputer ? null : (source.device ?? newToken());

  /** Uses the recovery code up, if there is one. Another request may have used it since it was checked. */
  const isRedeemed = async (tx: Statements) =>
    recoveryCode === null || redeemRecoveryCode(tx, { user, sessionHandle: null }, recoveryCode, source);

  try {
    const session = { ...(await newSessionHere(publicComputer)), amr };
    const token = await pipelined(async (tx) => {
      const starting = sessionStore().create(tx, user, session, atLimit);
      const [started, apart] = await Promise.all([starting, findFarApart(tx, user.id, source.ipAddress, starting)]);
      // The user's row is locked from here on: other changes to the account came before, or will end this session, too.
      if (!isStill(who, started.user)) throw new Superseded();
      if (!(await isEnough(amr, started.user, source, tx))) throw new FactorAdded();
      if (ticket && !(await spendOneTimeToken(tx, ticket.token, ticket.kind))) throw new Superseded();
      if (!(await isRedeemed(tx))) throw new Superseded();
      if (device) await withCommit(tx, rememberBrowser(tx, user.id, device));
      if (device && trust) await withCommit(tx, trustBrowser(tx, user.id, device, source.userAgent));
      const before = { isKnown, failures: isKnown ? failures + strangers : failures, strangers };
      await withCommit(tx, tellOwner(tx, { user, ...before, handle: started.handle, amr, apart, source }));
      // Last, because other transactions may be waiting for these rows.
      const forgotten = [...subjects.slice(0, 1), ...(device ? [browserSubject(user.email, device)] : [])];
      await withCommit(tx, forgetFailures(tx, accountSubject(user.email), forgotten));
      return started.token;
    });
    await setSessionCookie(token, { publicComputer, role: user.role });
  } catch (error) {
    if (error instanceof Superseded || isUserGone(error)) return { state: "refused" };
    if (error instanceof FactorAdded)
      return ticket ? { state: "refused" } : beginSecondStep(who, publicComputer, source);
    // The password was right, so this was not a guess.
    if (isUndecided(error) || isTooManySessions(error)) takeBack(subjects);
    if (!isTooManySessions(error)) throw error;
    if (env().AT_MAX_SESSIONS !== "choose") return { state: "full", choice: null };
    // The choice replaces the proof, so that is used up.
    const choosing = await transaction(async (tx) => {
      const locked = await lockUser(tx, user.id);
      return locked && isStill(who, locked) && (await isRedeemed(tx)) ? ticketToChoose(tx, who, amr) : null;
    });
    if (choosing === null) return { state: "refused" };
    return { state: "full", choice: { ticket: choosing, ...(await showSessionsOf(user)) } };
  }

  if (device) await setDeviceCookie(device);
  // This was not a guess, so it doesn't count against others who share the address.
  takeBack(subjects.slice(1));
  return { state: "logged-in" };
}

/** A ticket for the choice of a session to end, in place of what the user has proved. */
function ticketToChoose(
  tx: Database,
  { user: { id, email }, passwordHash, factorVersion }: Authenticated,
  amr: readonly Amr[],
): Promise<string> {
  const its = { about: id, email, userId: id, passwordHash, factorVersion, amr: [...amr] };
  return createOneTimeToken({ kind: "choose", ...its }, tx);
}

async function currentSource(): Promise<Source> {
  return { ...(await currentClient()), device: await currentDevice() };
}

/** Whether the account has not changed since its password or a factor was checked, and may log in. */
function isStill({ user, passwordHash, factorVersion }: Authenticated, locked: LockedUser): boolean {
  if (factorVersion !== null && locked.factorVersion !== factorVersion) return false;
  return locked.passwordHash === passwordHash && locked.email === user.email && !locked.disabledAt;
}

/** Whether the user has proved enough for a session, by what the account has now. */
async function isEnough(amr: readonly Amr[], user: LockedUser, { device }: Source, tx: Statements): Promise<boolean> {
  if (levelOf(amr) === 2 || !user.hasSecondFactor) return true;
  return device !== null && (await isTrusted(user.id, device, tx));
}

type Entry = {
  user: Authenticated["user"];
  isKnown: boolean;
  failures: number;
  strangers: number;
  handle: string;
  amr: readonly Amr[];
  apart: FarApart | null;
  source: Client;
};

/** Writes the ledger's lines, and queues an email if the owner should know. Starts all statements at once. */
async function tellOwner(tx: Statements, { user, isKnown, failures, strangers, handle, amr, apart, source }: Entry) {
  const { userAgent, ipAddress } = source;
  const by = { userId: user.id, byUserId: user.id, sessionHandle: handle, userAgent, ipAddress };
  const recording = record(tx, {
    event: failures > 0 ? "authn_login_successafterfail" : "authn_login_success",
    ...by,
    ...(!isKnown && { reason: "new-browser" }),
    // Of failures their number, otherwise how the user proved who they are.
    detail: failures > 0 ? String(failures) : amr.join(" "),
  });
  const travel = apart && record(tx, { event: "authn_impossible_travel", ...by, detail: travelText(apart) });
  if (isKnown && strangers === 0 && !apart) return recording;

  const about = !isKnown ? "new-browser" : strangers > 0 ? "after-failures" : "far-apart";
  const at = new Date().toISOString();
  const details = { about, userId: user.id, at, handle, failures: strangers, apart, userAgent, ipAddress } as const;
  await Promise.all([recording, travel, enqueue(tx, user.email, { kind: "incident", details })]);
}
