import { isOutage } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { currentTarget, type RequestContext, requestContext } from "@/lib/request-context";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { type Ending, lengthOf } from "./ending";
import { STREAM } from "./event-stream";
import { expiry, needsTouch } from "./policy";

/**
 * What the server knows about a browser's session. "unavailable" means that the database can't say;
 * it is never treated as "ended" or "signed-out".
 */
export type SessionStatus =
  | ({ state: "valid"; token: string } & ActiveSession)
  | ({ state: "ended" } & Ending)
  | { state: "signed-out" }
  | { state: "unavailable" };

/** Whether a token belongs to an active session, and to whose; otherwise why it doesn't. */
export async function sessionStatus(token: string | null): Promise<SessionStatus> {
  const answer = await lookUp(token);
  metrics().lookups.inc({ outcome: answer.state, source: lookupSource() });
  return answer;
}

/** The state of the session in a request that the server answers without Next.js. */
export async function requestedSession(context: RequestContext, token: string | null): Promise<SessionStatus> {
  return preferring(context, await sessionStatus(token));
}

/** Gives the response the language and the time zone that the user chose for the account, in place of the browser's. */
export function preferring(context: RequestContext, status: SessionStatus): SessionStatus {
  if (status.state === "valid") {
    context.locale = status.locale ?? context.locale;
    context.timeZone = status.timeZone ?? context.timeZone;
  }
  return status;
}

/**
 * Records the current request as use of its session: at most once per touch interval, and not for a
 * prefetch. Throws an Outage.
 */
export async function recordUse({
  token,
  session,
  lifetimes,
  now,
}: Extract<SessionStatus, { state: "valid" }>): Promise<void> {
  const { isUse, address } = requestContext();
  if (isUse && needsTouch(session, lifetimes, now)) await sessionStore().touch(token, lifetimes, address);
}

/** Which part of the application looks the session up: a label for metrics. */
function lookupSource(): "page" | "action" | "api" | "verify" | "stream" {
  const { path = "/", method } = currentTarget() ?? {};
  if (path === STREAM) return "stream";
  if (path === "/api/verify") return "verify";
  if (path.startsWith("/api/")) return "api";
  return method === "POST" ? "action" : "page";
}

async function lookUp(token: string | null): Promise<SessionStatus> {
  if (!token) return { state: "signed-out" };

  try {
    const found = await sessionStore().find(token);
    return found ? judge(token, found) : await explainEnding(token);
  } catch (error) {
    if (isOutage(error)) return { state: "unavailable" };
    throw error;
  }
}

function judge(token: string, found: ActiveSession): SessionStatus {
  const nobody = { userAgent: null, detail: null };
  if (found.disabledAt) return { state: "ended", reason: "disabled", at: found.disabledAt, ...nobody };

  const end = expiry(found.session, found.lifetimes, found.now);
  if (!end) return { state: "valid", token, ...found };
  return { state: "ended", ...end, ...nobody, detail: lengthOf(end.reason, found.lifetimes) };
}

async function explainEnding(token: string): Promise<SessionStatus> {
  const ending = await sessionStore().findEnding(token);
  return ending ? { state: "ended", ...ending } : { state: "signed-out" };
}

/** Session look-ups that were started before the page needs them, by request. */
const early = processWide("latchkeyEarly", () => new WeakMap<RequestContext, Promise<SessionStatus>>());

/**
 * Starts a session look-up early, for a page that will probably need the result. If it fails, only
 * the caller of `takeEarly` receives the error.
 */
export function lookUpEarly(context: RequestContext, token: string): void {
  const answer = sessionStatus(token);
  answer.catch(() => {});
  early.set(context, answer);
}

/**
 * The result of the early look-up, or null when there is none. It is returned only once: a later
 * caller needs the state at that later time.
 */
export function takeEarly(context: RequestContext): Promise<SessionStatus> | null {
  const answer = early.get(context) ?? null;
  early.delete(context);
  return answer;
}
