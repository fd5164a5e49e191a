import { cookies, headers } from "next/headers";
import { forbidden, redirect } from "next/navigation";
import { cache } from "react";
import { db, isOutage, Outage, type Statements } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { leadingTo } from "@/lib/http/leading-to";
import { loginPath, nextPath } from "@/lib/http/return-path";
import { recordRefusal } from "@/lib/ledger/refusals";
import { answerWithStatus, contextOfResponse, offerRotation, requestContext } from "@/lib/request-context";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { ActiveSession, LockedUser, NewSession } from "@/lib/session/store/contract";
import type { Role } from "@/prisma/client/client";
import {
  cookieAttributes,
  cookieName,
  copyCookieAttributes,
  copyCookieName,
  deviceCookieAttributes,
  deviceCookieName,
  endingCookieAttributes,
  endingCookieName,
  expiredCookie,
  expiredLoginCookie,
  expiredProofCookie,
  expiredRotationCookie,
  formerCookieName,
  type HalfLogin,
  loginCookieAttributes,
  loginCookieName,
  noticeCookieAttributes,
  noticeCookieName,
  seal,
  sealCopy,
  sealDevice,
  sealEnding,
  sealLogin,
  sealNotice,
  trialCookie,
  trialCookieName,
  trialIn,
  unseal,
  unsealDevice,
  unsealLogin,
} from "./cookie";
import { bindChallenge } from "./dbsc/challenge";
import { isBindingOn } from "./dbsc/on";
import { lacksBinding } from "./dbsc/required";
import { endWhenPossible } from "./owed-logout";
import { type Kind, longestLifetime, mustEnrol } from "./policy";
import { preferring, recordUse, type SessionStatus, sessionStatus, takeEarly } from "./status";
import { hashToken } from "./token";

/**
 * The state of this browser's session: its user while it is valid, or why it
 * ended. Queries the database once per rendered page, however often it is
 * called. Sets no cookie.
 */
export const currentSession = cache(async (): Promise<SessionStatus> => {
  const context = contextOfResponse();
  return preferring(context, await (takeEarly(context) ?? sessionStatus(await currentToken())));
});

/**
 * The guard: the first line of every page and action that is not public.
 *
 * Returns the session and records this request as use. Redirects visitors without
 * a session to the log-in page, which leads back afterwards, and users who must add
 * a second factor first to the page for that, unless the caller belongs to it (`isEnrolling`). Throws an Outage when
 * the database can't say; the server turns that into a 503.
 */
export async function requireSession({ isEnrolling = false } = {}): Promise<ActiveSession> {
  const answer = await currentSession();

  switch (answer.state) {
    case "valid":
      await recordUse(answer);
      if (!isEnrolling && mustEnrol(answer)) return redirect(leadingTo("/account/security", currentPage()));
      return answer;
    case "unproven":
      return redirect(provePath(requestContext().url));
    case "ended":
    case "signed-out":
      return redirect(loginPath(requestContext().url));
    case "unavailable":
      throw new Outage("The database does not answer");
  }
}

/**
 * The guard within a transaction, for changes that a user makes to their own account: locks the user and the session,
 * and returns the user. Whatever has ended the session since the request began was meant for this change, too. So it
 * redirects to the log-in page then, which rolls the transaction back, and also if the account was disabled.
 */
export async function lockActor(
  tx: Statements,
  { user, session }: Pick<ActiveSession, "user" | "session">,
): Promise<LockedUser> {
  const locked = await lockUser(tx, user.id);
  if (!locked || locked.disabledAt || !(await sessionStore().hold(tx, session.handle)))
    return redirect(loginPath(requestContext().url));
  return locked;
}

/** The page that was requested. When Next.js follows the redirect of an action by itself, it adds a parameter of its own. */
function currentPage(): string {
  return nextPath(requestContext().url.replace(/[?&]_rsc(=[^&]*)?$/, ""));
}

/**
 * The guard for confirming who the user is: as `requireSession`, but also returns a session whose browser could not show
 * that it has its key. Nothing else may be done in it.
 */
export async function requireConfirmable(): Promise<ActiveSession & { isProven: boolean }> {
  const answer = await currentSession();
  return answer.state === "unproven"
    ? { ...answer, isProven: false }
    : { ...(await requireSession({ isEnrolling: true })), isProven: true };
}

/** The page that asks for a confirmation in place of a proof, and leads back. */
function provePath(next: string): `/confirm?${string}` {
  return `/confirm?unproven&next=${encodeURIComponent(next)}`;
}

/**
 * The guard for one role: `requireSession`, then the role check. Users with
 * another role get a 403. It says who they are and which role is required, but
 * not whether the requested thing exists (OWASP ASVS 8.3.1).
 */
export async function requireRole(role: Role): Promise<ActiveSession> {
  const found = await requireSession();
  if (found.user.role === role) {
    if (!lacksBinding(found)) return found;
    answerWithStatus(403);
    requestContext().lacksBinding = true;
    return forbidden();
  }

  answerWithStatus(403);
  const context = requestContext();
  // Once per request: after an action, its page is refused as well.
  if (!context.refused) await recordRefusal(found, partOf(context.url), await currentClient());
  context.refused = found.user;
  return forbidden();
}

/** The first one or two path segments, such as "/admin/users". They contain nothing that a visitor typed. */
function partOf(url: string): string {
  return /^(\/[a-z-]{1,20}){1,2}(?=[/?#]|$)/.exec(url)?.[0] ?? "/";
}

/** The data to start a session in this browser, including the token of an earlier one, which the log-in replaces. */
export async function newSessionHere(publicComputer: boolean): Promise<NewSession> {
  const previousToken = (await currentToken()) ?? (await formerToken());
  return { publicComputer, previousToken, ...(await currentClient()) };
}

/**
 * Sets this browser's session cookie to the token, with the lifetime of that kind of session. Unless the session is
 * bound already, the response asks the browser to register a key.
 */
export async function setSessionCookie(
  token: string,
  { boundAt = null, isBound = boundAt !== null, ...kind }: Kind & { boundAt?: Date | null; isBound?: boolean },
): Promise<void> {
  (await cookies()).set(cookieName(), await seal(token), cookieAttributes(kind));
  // It would be one of the token before.
  offerRotation(null);
  if (isBindingOn() && !isBound) requestContext().bindChallenge = bindChallenge(token, Date.now());
}

/**
 * Whether this browser keeps no cookies, so that logging in would have no effect.
 * The page with the form sets a cookie, and this request brings none. Only
 * browsers send `Sec-Fetch-Site: same-origin`; other clients are let through.
 */
export async function keepsNoCookies(): Promise<boolean> {
  const sent = await headers();
  if (sent.get("sec-fetch-site") !== "same-origin" || sent.has("cookie")) return false;
  // The visitor may just have deleted all cookies. Then the next attempt brings this one.
  (await cookies()).set(trialCookie());
  return true;
}

/**
 * A secret that this browser holds and no other: a random number, or where the
 * page of an expired session asks, that session's token. Null if it has neither.
 */
export async function currentBrowser(): Promise<string | null> {
  return trialIn((await cookies()).get(trialCookieName())?.value) ?? (await currentToken());
}

/** Removes the session cookie, the rotation cookie and the proof from this browser. Ends no session. */
export async function clearSessionCookie(): Promise<void> {
  (await cookies()).set(expiredCookie());
  offerRotation(null);
  if (requestContext().generation) (await cookies()).set(expiredRotationCookie());
  if (isBindingOn()) (await cookies()).set(expiredProofCookie());
}

/**
 * The path of a page that confirms an action once, in this browser only.
 * `done` names the action in the query; a cookie proves that it happened.
 */
export async function sayingOnce<Path extends string>(path: Path, done: string): Promise<`${Path}?${string}`> {
  (await cookies()).set(noticeCookieName(), await sealNotice(done), noticeCookieAttributes());
  return `${path}?${done}`;
}

/** The id by which this browser is recognised, or null. */
export async function currentDevice(): Promise<string | null> {
  return unsealDevice((await cookies()).get(deviceCookieName())?.value);
}

/** Gives this browser the id by which it is recognised. */
export async function setDeviceCookie(device: string): Promise<void> {
  (await cookies()).set(deviceCookieName(), await sealDevice(device), deviceCookieAttributes());
}

/** The log-in of this browser that still needs its second step, or null. It may have expired. */
export async function currentLogin(): Promise<HalfLogin | null> {
  return unsealLogin((await cookies()).get(loginCookieName())?.value);
}

/** Gives this browser the cookie of a log-in that still needs its second step. */
export async function setLoginCookie(login: HalfLogin): Promise<void> {
  (await cookies()).set(loginCookieName(), await sealLogin(login), loginCookieAttributes());
}

/** Removes that cookie. */
export async function clearLoginCookie(): Promise<void> {
  (await cookies()).set(expiredLoginCookie());
}

/** Gives this browser the cookie of a demonstration (lib/auth/demonstration). */
export async function setCopyCookie(token: string): Promise<void> {
  (await cookies()).set(copyCookieName(), await sealCopy(token), copyCookieAttributes());
}

/**
 * Logs this browser out: deletes the row first, then overwrites the cookie.
 *
 * In an outage it only overwrites the cookie, and the session is ended once the
 * database is back. The result's `until` is the latest time at which that session
 * ends; `shownUntil` is the time that the page showed for it.
 */
export async function endCurrentSession(shownUntil: Date | null): Promise<Logout> {
  const token = (await currentToken()) ?? (await formerToken());
  const outcome = token ? await endOrPromise(token, shownUntil) : stillOwed();
  await clearSessionCookie();
  return outcome;
}

/** The outcome of a logout: the session has ended; it will end later; or no session was found. */
type Logout = { state: "ended" } | { state: "owed"; until: Date } | { state: "nobody" };

/** An earlier logout of this browser may still be unfinished. Logging out again does not change that. */
function stillOwed(): Logout {
  const { ending } = requestContext();
  return ending?.state === "pending" ? { state: "owed", until: ending.until } : { state: "nobody" };
}

async function endOrPromise(token: string, shownUntil: Date | null): Promise<Logout> {
  const hash = hashToken(token);
  const by = await currentClient();

  try {
    await sessionStore().end(db(), { tokenHash: hash }, "logged-out", by);
    return { state: "ended" };
  } catch (error) {
    if (!isOutage(error)) throw error;

    const pending = { tokenHash: Buffer.from(hash).toString("base64url"), until: latestEnd(shownUntil) };
    endWhenPossible(pending, by);
    (await cookies()).set(endingCookieName(), await sealEnding(pending), endingCookieAttributes());
    return { state: "owed", until: pending.until };
  }
}

/**
 * The latest time at which an unreachable session ends: the time that the page
 * showed, limited by the policy's longest lifetime.
 */
function latestEnd(shown: Date | null): Date {
  const bound = new Date(Date.now() + longestLifetime());
  return shown && shown < bound ? shown : bound;
}

/** The client that sends the current request. */
export async function currentClient(): Promise<Client> {
  const userAgent = (await headers()).get("user-agent");
  return { userAgent, ipAddress: requestContext().address };
}

/** The names of the cookies that came with the current request. */
export async function sentCookies(): Promise<string[]> {
  return (await cookies()).getAll().map(({ name }) => name);
}

/** The token in this browser's cookie, or null. It may belong to no session. */
export async function currentToken(): Promise<string | null> {
  return unseal((await cookies()).get(cookieName())?.value);
}

/**
 * The token that this browser received before `COOKIE_DOMAIN` was changed, or null.
 * It logs nobody in, but its session lives on until something ends it.
 */
async function formerToken(): Promise<string | null> {
  const name = formerCookieName();
  return name ? unseal((await cookies()).get(name)?.value) : null;
}
