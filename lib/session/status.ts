import { isOutage } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { currentTarget, type RequestContext } from "@/lib/request-context";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { type Ending, lengthOf } from "./ending";
import { STREAM } from "./event-stream";
import { expiry } from "./policy";

/** What is known of the browser that asks. Three answers that are never mixed up, and one for a browser without a session. */
export type SessionStatus =
  | ({ state: "valid"; token: string } & ActiveSession)
  | ({ state: "ended" } & Ending)
  | { state: "signed-out" }
  | { state: "unavailable" };

/** Whether a token is that of an active session, and whose; or why it no longer is. */
export async function sessionStatus(token: string | null): Promise<SessionStatus> {
  const answer = await lookUp(token);
  metrics().lookups.inc({ outcome: answer.state, source: lookupSource() });
  return answer;
}

/** From where in the application it is asked who is signed in. */
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

/** Answers that were asked for before a page needs them, by the request they are for. */
const early = processWide("latchkeyEarly", () => new WeakMap<RequestContext, Promise<SessionStatus>>());

/** Looks up a session before a page needs it, which it may not. What goes wrong is thrown where the answer is taken. */
export function lookUpEarly(context: RequestContext, token: string): void {
  const answer = sessionStatus(token);
  answer.catch(() => {});
  early.set(context, answer);
}

/** The answer that was looked up early, once: a second caller wants to know what is so by then. Null when there is none. */
export function takeEarly(context: RequestContext): Promise<SessionStatus> | null {
  const answer = early.get(context) ?? null;
  early.delete(context);
  return answer;
}
