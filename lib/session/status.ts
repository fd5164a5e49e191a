import { isOutage } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { currentTarget, offerRotation, presented, type RequestContext, requestContext } from "@/lib/request-context";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, Rotated } from "@/lib/session/store/contract";
import { rotationCookie, setCookieHeader } from "./cookie";
import { refuseCopy } from "./dbsc/copy";
import { bindingState, newlySeen } from "./dbsc/state";
import { type Ending, lengthOf } from "./ending";
import { STREAM } from "./event-stream";
import { expiry, needsTouch } from "./policy";
import { rotationCookieValue } from "./rotation/cookie";
import { endReplayed } from "./rotation/replay";
import { rotationState } from "./rotation/state";

/**
 * What the server knows about a browser's session. "unavailable" means that the database can't say;
 * it is never treated as "ended" or "signed-out".
 */
export type SessionStatus =
  | ({ state: "valid"; token: string; rotated: Rotated | null } & ActiveSession)
  /** It is active, but this browser does not show that it has the key of the device that logged in (lib/session/dbsc). */
  | ({ state: "unproven"; token: string } & ActiveSession)
  | ({ state: "ended" } & Ending)
  | { state: "signed-out" }
  | { state: "unavailable" };

type Valid = Extract<SessionStatus, { state: "valid" }>;

/**
 * Whether a token belongs to an active session, and to whose; otherwise why it doesn't. Only a browser that is about to
 * prove that it has the session's key needs no proof.
 */
export async function sessionStatus(token: string | null, { isProofNeeded = true } = {}): Promise<SessionStatus> {
  const find = (its: string) => sessionStore().find(its);
  return statusBy(find, token, isProofNeeded);
}

type Find = (token: string) => Promise<ActiveSession | null>;

async function statusBy(find: Find, token: string | null, isProofNeeded: boolean): Promise<SessionStatus> {
  const answer = await lookUp(find, token, isProofNeeded);
  metrics().lookups.inc({ outcome: answer.state, source: lookupSource() });
  return answer;
}

/** The state of the session in a request that the server answers without Next.js. */
export async function requestedSession(context: RequestContext, token: string | null): Promise<SessionStatus> {
  return preferring(context, await sessionStatus(token));
}

/** Gives the response the language and the time zone that the user chose for the account, in place of the browser's. */
export function preferring(context: RequestContext, status: SessionStatus): SessionStatus {
  if (status.state === "valid" || status.state === "unproven") {
    context.locale = status.locale ?? context.locale;
    context.timeZone = status.timeZone ?? context.timeZone;
  }
  return status;
}

/**
 * Records the current request as use of its session: at most once per touch interval, unless its cookie rotates, and not
 * for a prefetch. Throws an Outage.
 */
export async function recordUse(found: Valid): Promise<void> {
  const { token, session, lifetimes, now, rotated } = found;
  const { isUse, address, proof } = requestContext();
  if (!isUse || (!rotated && !needsTouch(session, lifetimes, now))) return;
  await sessionStore().touch(token, lifetimes, address, { seen: newlySeen(found, proof), rotated });
  if (rotated && rotated.to.generation !== rotated.from?.generation) metrics().rotations.inc();
}

/** Which part of the application looks the session up: a label for metrics. */
function lookupSource(): "page" | "action" | "api" | "verify" | "stream" {
  const { path = "/", method } = currentTarget() ?? {};
  if (path === STREAM) return "stream";
  if (path === "/api/verify") return "verify";
  if (path.startsWith("/api/")) return "api";
  return method === "POST" ? "action" : "page";
}

async function lookUp(find: Find, token: string | null, isProofNeeded: boolean): Promise<SessionStatus> {
  if (!token) return { state: "signed-out" };

  try {
    const found = await find(token);
    if (!found) return await explainEnding(token);
    const status = judge(token, found);
    const proven = status.state === "valid" && isProofNeeded ? await withProof(status) : status;
    return proven.state === "valid" ? await inRotation(proven) : proven;
  } catch (error) {
    if (isOutage(error)) return { state: "unavailable" };
    throw error;
  }
}

function judge(token: string, found: ActiveSession): SessionStatus {
  const nobody = { userAgent: null, detail: null };
  if (found.disabledAt) return { state: "ended", reason: "disabled", at: found.disabledAt, ...nobody };

  const end = expiry(found.session, found.lifetimes, found.now);
  if (!end) return { state: "valid", token, rotated: null, ...found };
  return { state: "ended", ...end, ...nobody, detail: lengthOf(end.reason, found.lifetimes) };
}

/** The state of an active session, once it is known whether the request shows that it comes from the bound device. */
async function withProof(status: Valid): Promise<SessionStatus> {
  const { proof, isArrival, client } = presented();
  const binding = bindingState(status, proof);
  // A browser that has lost its proof in a crash comes without one from another site. It is led on, and proves itself.
  if (binding === "copied" && !isArrival && (await refuseCopy(status, client)) === "ended") return replayed(status);
  return binding === "unproven" || binding === "copied" ? { ...status, state: "unproven" } : status;
}

/** The state of an active session, once it is known whether its cookie is the newest one. A response may bring the next. */
async function inRotation(status: Valid): Promise<SessionStatus> {
  const { generation, client } = presented();
  const state = rotationState(status, status.token, { generation, client });
  if (state.verdict === "replay") {
    await endReplayed(status, client);
    return replayed(status);
  }
  // The browser has a newer cookie by now. If it still waits for this answer, it asks again, with that one.
  if (state.verdict === "late") return { state: "unavailable" };
  const { session, token } = status;
  if (state.offered !== null) {
    const value = rotationCookieValue(token, state.offered, client);
    offerRotation(setCookieHeader(rotationCookie(value, session)));
  }
  return { ...status, rotated: state.rotated };
}

function replayed({ now }: ActiveSession): SessionStatus {
  return { state: "ended", reason: "replayed", at: now, userAgent: null, detail: null };
}

async function explainEnding(token: string): Promise<SessionStatus> {
  const ending = await sessionStore().findEnding(token);
  return ending ? { state: "ended", ...ending } : { state: "signed-out" };
}

/** Session look-ups that were started before the page needs them, by request. */
const early = processWide("latchkeyEarly", () => new WeakMap<RequestContext, Promise<SessionStatus>>());

/**
 * Starts a session look-up early, for a page that will probably need the result. If it fails, only
 * the caller of `takeEarly` receives the error. `find` is in place of the store's, if it has more to find.
 */
export function lookUpEarly(context: RequestContext, token: string, find?: Find): void {
  const answer = find ? statusBy(find, token, true) : sessionStatus(token);
  answer.catch(() => {});
  early.set(context, answer);
}

/** The result of the early look-up, which is started now if it was not. It stays for `takeEarly`. */
export async function peekEarly(context: RequestContext, token: string): Promise<SessionStatus> {
  if (!early.has(context)) lookUpEarly(context, token);
  return (await early.get(context)) as SessionStatus;
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
