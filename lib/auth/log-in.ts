import { type Database, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Credentials } from "@/lib/forms/credentials";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { travelText } from "@/lib/ledger/travel";
import { enqueue } from "@/lib/mail/queue";
import { metrics } from "@/lib/metrics";
import { clientGone } from "@/lib/request-context";
import { currentClient, currentDevice, newSessionHere, setDeviceCookie, setSessionCookie } from "@/lib/session/current";
import { type ShownSessions, showSessionsOf } from "@/lib/session/session-view";
import { sessionStore } from "@/lib/session/store";
import { type AtLimit, isTooManySessions, isUserGone, type LockedUser } from "@/lib/session/store/contract";
import { newToken } from "@/lib/session/token";
import { isUndecided, orTryLater, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { failuresOf, forgetFailures, takeBackTry } from "@/lib/throttle/store";
import { createOneTimeToken, findOneTimeToken, spendOneTimeToken } from "@/lib/users/one-time-tokens";
import { findUser } from "@/lib/users/store";
import {
  type Authentication,
  accountSubject,
  authenticate,
  browserSubject,
  type Source,
  subjectsOf,
} from "./authenticate";
import { isKnownBrowser, rememberBrowser } from "./device";
import { type FarApart, findFarApart, usesOfSessions } from "./far-apart";

export type LogIn =
  | { state: "logged-in" }
  | { state: "refused" }
  /** The password is right, but the user already has the maximum number of sessions. */
  | { state: "full"; choice: Choice | null }
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
    const atLimit = { kind: env().AT_MAX_SESSIONS === "oldest" ? ("oldest" as const) : ("refuse" as const) };
    return enter(outcome, { publicComputer, atLimit }, source);
  });
}

/** Logs in with a ticket instead of the password, and ends the session that the user chose to make room. */
export async function logInInstead(ticket: string, handle: string, publicComputer: boolean): Promise<LogIn> {
  return counted(async () => {
    const source = await currentSource();
    const link = await findOneTimeToken(ticket, "choose");
    const user = link?.userId ? await findUser(link.userId) : null;
    if (!user || !link?.passwordHash) return { state: "refused" };

    const isKnown = source.device !== null && (await isKnownBrowser(source.device, user.email));
    const failures = await failuresOf(accountSubject(user.email));
    const before = { isKnown, failures: isKnown ? 0 : failures, strangers: failures };
    const who = { state: "authenticated" as const, user, passwordHash: link.passwordHash, ...before };
    return enter(who, { publicComputer, atLimit: { kind: "end", handles: [handle] }, ticket }, source);
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
  /** The ticket that replaces the password. No attempt was counted for it. */
  ticket?: string;
};

/** The account was changed, disabled or deleted while its password was being checked. */
class Superseded extends Error {}

/** Starts the session of an authenticated user, and notifies the account's owner if necessary. */
async function enter(who: Authenticated, { publicComputer, atLimit, ticket }: Manner, source: Source): Promise<LogIn> {
  const { user, isKnown, failures, strangers } = who;
  const subjects = subjectsOf(user.email, source, isKnown);
  // With a ticket, the attempt has already been taken back.
  const takeBack = (tried: Subject[]) => void (ticket || takeBackTry(tried));
  // A public computer belongs to no user, so we don't remember it.
  const device = publicComputer ? null : (source.device ?? newToken());

  try {
    const session = await newSessionHere(publicComputer);
    const uses = await usesOfSessions(user, source.ipAddress);
    const token = await transaction(async (tx) => {
      const started = await sessionStore().create(tx, user, session, atLimit);
      // The user's row is locked from here on: other changes to the account came before, or will end this session, too.
      if (!isStill(who, started.user)) throw new Superseded();
      if (ticket && !(await spendOneTimeToken(tx, ticket, "choose"))) throw new Superseded();
      if (device) await rememberBrowser(tx, user.id, device);
      await tellOwner(tx, {
        user,
        isKnown,
        failures: isKnown ? failures + strangers : failures,
        strangers,
        handle: started.handle,
        apart: await findFarApart(tx, user.id, source.ipAddress, uses),
        source,
      });
      // Last, because other transactions may be waiting for these rows.
      const forgotten = [...subjects.slice(0, 1), ...(device ? [browserSubject(user.email, device)] : [])];
      await forgetFailures(tx, accountSubject(user.email), forgotten);
      return started.token;
    });
    await setSessionCookie(token, { publicComputer, role: user.role });
  } catch (error) {
    if (error instanceof Superseded || isUserGone(error)) return { state: "refused" };
    // The password was right, so this was not a guess.
    if (isUndecided(error) || isTooManySessions(error)) takeBack(subjects);
    if (!isTooManySessions(error)) throw error;
    return { state: "full", choice: env().AT_MAX_SESSIONS === "choose" ? await offerChoice(who) : null };
  }

  if (device) await setDeviceCookie(device);
  // This was not a guess, so it doesn't count against others who share the address.
  takeBack(subjects.slice(1));
  return { state: "logged-in" };
}

async function offerChoice({ user: { id, role, email }, passwordHash }: Authenticated): Promise<Choice> {
  const ticket = await createOneTimeToken({ kind: "choose", about: id, email, userId: id, passwordHash });
  return { ticket, ...(await showSessionsOf({ id, role })) };
}

async function currentSource(): Promise<Source> {
  return { ...(await currentClient()), device: await currentDevice() };
}

/** Whether the account has not changed since its password was checked, and may log in. */
function isStill({ user, passwordHash }: Authenticated, locked: LockedUser): boolean {
  return locked.passwordHash === passwordHash && locked.email === user.email && !locked.disabledAt;
}

type Entry = {
  user: Authenticated["user"];
  isKnown: boolean;
  failures: number;
  strangers: number;
  handle: string;
  apart: FarApart | null;
  source: Client;
};

async function tellOwner(tx: Database, { user, isKnown, failures, strangers, handle, apart, source }: Entry) {
  const { userAgent, ipAddress } = source;
  const by = { userId: user.id, byUserId: user.id, sessionHandle: handle, userAgent, ipAddress };
  await record(tx, {
    event: failures > 0 ? "authn_login_successafterfail" : "authn_login_success",
    ...by,
    ...(!isKnown && { reason: "new-browser" }),
    ...(failures > 0 && { detail: String(failures) }),
  });
  if (apart) await record(tx, { event: "authn_impossible_travel", ...by, detail: travelText(apart) });
  if (isKnown && strangers === 0 && !apart) return;

  const about = !isKnown ? "new-browser" : strangers > 0 ? "after-failures" : "far-apart";
  const at = new Date().toISOString();
  await enqueue(tx, user.email, {
    kind: "incident",
    details: { about, userId: user.id, at, handle, failures: strangers, apart, userAgent, ipAddress },
  });
}
