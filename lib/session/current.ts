import { cookies, headers } from "next/headers";
import { forbidden, redirect } from "next/navigation";
import { cache } from "react";
import { db, isOutage, Outage } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { loginPath } from "@/lib/http/return-path";
import { recordRefusal } from "@/lib/ledger/refusals";
import { answerWithStatus, requestContext } from "@/lib/request-context";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, NewSession } from "@/lib/session/store/contract";
import type { Role } from "@/prisma/client/client";
import {
  cookieAttributes,
  cookieName,
  deviceCookieAttributes,
  deviceCookieName,
  endingCookieAttributes,
  endingCookieName,
  expiredCookie,
  formerCookieName,
  noticeCookieAttributes,
  noticeCookieName,
  seal,
  sealDevice,
  sealEnding,
  sealNotice,
  trialCookie,
  unseal,
  unsealDevice,
} from "./cookie";
import { endWhenPossible } from "./owed-logout";
import { type Kind, longestLifetime, needsTouch } from "./policy";
import { type SessionStatus, sessionStatus, takeEarly } from "./status";
import { hashToken } from "./token";

/**
 * Whether this browser is signed in, and as whom; or why it no longer is. While
 * a page renders the database is asked once, however often this is called. Sets
 * no cookie.
 */
export const currentSession = cache(async (): Promise<SessionStatus> => {
  const context = requestContext();
  const status = await (takeEarly(context) ?? sessionStatus(await currentToken()));
  // What the account says about the language counts before what the browser does.
  if (status.state === "valid" && status.locale) context.locale = status.locale;
  return status;
});

/**
 * The guard: the first line of every page and action that is not public.
 *
 * Returns the session and counts this request as its use. Who is not signed in
 * is sent to the log-in page and back afterwards. Throws an Outage when nobody
 * can say, which the server answers with a 503.
 */
export async function requireSession(): Promise<ActiveSession> {
  const answer = await currentSession();

  switch (answer.state) {
    case "valid":
      await recordUse(answer);
      return answer;
    case "ended":
    case "signed-out":
      return redirect(loginPath(requestContext().url));
    case "unavailable":
      throw new Outage("The database does not answer");
  }
}

/** Counts this request as use of its session, at most once an interval and not for a prefetch. Throws an Outage. */
export async function recordUse({
  token,
  session,
  lifetimes,
  now,
}: Extract<SessionStatus, { state: "valid" }>): Promise<void> {
  const { isUse, address } = requestContext();
  if (isUse && needsTouch(session, lifetimes, now)) await sessionStore().touch(token, lifetimes, address);
}

/**
 * The guard of what only some may do: `requireSession`, and then the role. Who is
 * signed in and has another one gets a 403, which says who they are and what it
 * would take, and not whether what they asked for exists (OWASP ASVS 8.3.1).
 */
export async function requireRole(role: Role): Promise<ActiveSession> {
  const found = await requireSession();
  if (found.user.role === role) return found;

  answerWithStatus(403);
  const context = requestContext();
  // Once for each request: after an act its page is refused as well.
  if (!context.refused) await recordRefusal(found, partOf(context.url), await currentClient());
  context.refused = found.user;
  return forbidden();
}

/** The part of the site that an address belongs to, which holds nothing that somebody typed: "/admin/users". */
function partOf(url: string): string {
  return /^(\/[a-z-]{1,20}){1,2}(?=[/?#]|$)/.exec(url)?.[0] ?? "/";
}

/** What a session of this browser starts as, whatever it carried before. */
export async function newSessionHere(publicComputer: boolean): Promise<NewSession> {
  const previousToken = (await currentToken()) ?? (await formerToken());
  return { publicComputer, previousToken, ...(await currentClient()) };
}

/** Gives this browser the cookie for a token, with the lifetime of that kind of session. */
export async function setSessionCookie(token: string, kind: Kind): Promise<void> {
  (await cookies()).set(cookieName(), await seal(token), cookieAttributes(kind));
}

/**
 * Whether this browser keeps no cookies, and would be signed in nowhere. It sends
 * a form of ours, so it was given one with the page, and it brings none at all.
 * Only browsers say that a request comes from this site; what else asks is believed.
 */
export async function keepsNoCookies(): Promise<boolean> {
  const sent = await headers();
  if (sent.get("sec-fetch-site") !== "same-origin" || sent.has("cookie")) return false;
  // They may just have been deleted: then the next try finds this one.
  (await cookies()).set(trialCookie());
  return true;
}

/** Takes the session's cookie from this browser. Ends nothing. */
export async function clearSessionCookie(): Promise<void> {
  (await cookies()).set(expiredCookie());
}

/**
 * The address of a page that says once, and in this browser alone, what was just
 * done: `done` names it in the query, and a cookie shows that it is true.
 */
export async function sayingOnce<Path extends string>(path: Path, done: string): Promise<`${Path}?${string}`> {
  (await cookies()).set(noticeCookieName(), await sealNotice(done), noticeCookieAttributes());
  return `${path}?${done}`;
}

/** The number by which this browser is known again, or null. */
export async function currentDevice(): Promise<string | null> {
  return unsealDevice((await cookies()).get(deviceCookieName())?.value);
}

/** Gives this browser the number by which it is known again. */
export async function setDeviceCookie(device: string): Promise<void> {
  (await cookies()).set(deviceCookieName(), await sealDevice(device), deviceCookieAttributes());
}

/**
 * Signs this browser out: first the row is deleted, then the cookie overwritten.
 *
 * When the database is away only the cookie is, and the rest is owed: it is
 * done as soon as the database is back. `until` is when the session ends at the
 * latest in that case; `shownUntil` is what the page said of that.
 */
export async function endCurrentSession(shownUntil: Date | null): Promise<Logout> {
  const token = (await currentToken()) ?? (await formerToken());
  const outcome = token ? await endOrPromise(token, shownUntil) : stillOwed();
  await clearSessionCookie();
  return outcome;
}

/** What came of logging out: the session has ended, or will; or there was none that could be found. */
type Logout = { state: "ended" } | { state: "owed"; until: Date } | { state: "nobody" };

/** An earlier logout of this browser's may be owed still; a second one makes that no better. */
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

/** When a session that nobody can look up ends at the latest: as its page said, if that can be; no session lives longer than the policy lets any. */
function latestEnd(shown: Date | null): Date {
  const bound = new Date(Date.now() + longestLifetime());
  return shown && shown < bound ? shown : bound;
}

/** From where this request comes. */
export async function currentClient(): Promise<Client> {
  const userAgent = (await headers()).get("user-agent");
  return { userAgent, ipAddress: requestContext().address };
}

/** The token that this browser brings, or null. Whether it is worth anything is not known. */
export async function currentToken(): Promise<string | null> {
  return unseal((await cookies()).get(cookieName())?.value);
}

/**
 * The token that this browser was given before `COOKIE_DOMAIN` was changed, or
 * null. It signs nobody in any more, but its session lives until somebody ends it.
 */
async function formerToken(): Promise<string | null> {
  const name = formerCookieName();
  return name ? unseal((await cookies()).get(name)?.value) : null;
}
