// The two addresses of device-bound sessions, which only browsers use (W3C, Device Bound Session Credentials). The
// signature shows who asks, so a request needs neither an `Origin` nor Fetch Metadata, which earlier versions of
// Chrome leave out. A browser ends its binding at once for a redirect, a 429 and most other statuses from 300 to 499:
// so there are only 200, 400, 403 with a challenge, and 503 if the server cannot say.

import type { IncomingMessage, ServerResponse } from "node:http";
import { bindTrust, proveTrust } from "@/lib/auth/trusted-key";
import { isOutage } from "@/lib/db";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { presented, type RequestContext } from "@/lib/request-context";
import { cookieName, cookieOf, deviceCookieName, unseal, unsealDevice } from "@/lib/session/cookie";
import {
  BIND,
  bindingName,
  challengeHeader,
  forgetting,
  instructions,
  PROVE,
  proofCookie,
} from "@/lib/session/dbsc/messages";
import { isBindingOn } from "@/lib/session/dbsc/on";
import { FIRST_LIFE, proofLife } from "@/lib/session/dbsc/proof";
import { type Refresh, refresh } from "@/lib/session/dbsc/refresh";
import { type Proved, register } from "@/lib/session/dbsc/register";
import { sessionStatus } from "@/lib/session/status";
import type { ActiveSession } from "@/lib/session/store/contract";

/** Whether a browser asks for its session's binding. */
export function isAboutBinding({ method, path }: RequestContext): boolean {
  return method === "POST" && (path === BIND || path === PROVE);
}

/** Responds to a browser that registers its key, or that proves that it has it. */
export async function answerBinding(
  request: IncomingMessage,
  response: ServerResponse,
  { path }: RequestContext,
): Promise<void> {
  request.resume();
  response.setHeader("Cache-Control", "no-store");
  try {
    await (path === BIND ? answerRegistration : answerRefresh)(request, response);
  } catch (error) {
    if (!isOutage(error)) log().error({ err: error }, "A request failed");
    sendUnavailable(response);
  }
}

/** The reasons for which browsers send no new proof. */
const SKIPPED = ["unreachable", "server_error", "quota_exceeded"];

/** Counts a request without a new proof. Any client can send that header, so nothing else depends on it. */
export function countSkippedProof({ headers }: IncomingMessage): void {
  const skipped = headers["secure-session-skipped"]?.toString();
  if (skipped === undefined) return;
  const reason = SKIPPED.find((one) => skipped.startsWith(one)) ?? "other";
  metrics().proofsSkipped.inc({ reason });
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const answerRegistration: Answer = async (request, response) => {
  const token = await tokenOf(request);
  const found = await sessionOf(token);
  if (found === "unknown") return sendUnavailable(response);
  const proved =
    token && found && isBindingOn() ? await register(found, token, headerOf(request, "secure-session-response")) : null;
  if (!proved) return void response.writeHead(400).end();
  sendProof(response, proved, FIRST_LIFE);
};

const answerRefresh: Answer = async (request, response) => {
  const found = await sessionOf(await tokenOf(request));
  if (found === "unknown") return sendUnavailable(response);
  const name = headerOf(request, "sec-secure-session-id")?.replace(/^"(.*)"$/, "$1") ?? bindingName();
  if (!isBindingOn() || name !== bindingName()) return sendJson(response, forgetting(name));

  const signed = headerOf(request, "secure-session-response");
  const device = await unsealDevice(cookieOf(request.headers.cookie, deviceCookieName()));
  if (found) return answerWith(await refreshIn(found, signed, device), response);
  const trust = device && (await proveTrust(device, signed));
  if (!trust || trust.outcome === "refused") return sendJson(response, forgetting(name));
  answerWith(trust, response);
};

/** Refreshes a session. If its browser is trusted with a second factor, the trust is bound to the same key. */
async function refreshIn(found: ActiveSession, signed: string | undefined, device: string | null): Promise<Refresh> {
  const refreshed = await refresh(found, signed, presented().client);
  const { user, binding, hasSecondFactor } = found;
  if (refreshed.outcome === "proved" && binding && hasSecondFactor && device)
    await bindTrust(user.id, device, binding.key);
  return refreshed;
}

function answerWith(refreshed: Refresh, response: ServerResponse): void {
  switch (refreshed.outcome) {
    case "proved":
      return void sendProof(response, refreshed, proofLife());
    case "challenged":
      response.setHeader("Secure-Session-Challenge", challengeHeader(refreshed.challenge));
      return void response.writeHead(403).end();
    case "refused":
      return void response.writeHead(400).end();
    case "over":
      return void sendJson(response, forgetting(bindingName()));
    case "early":
      return void sendUnavailable(response);
  }
}

function tokenOf({ headers }: IncomingMessage): Promise<string | null> {
  return unseal(cookieOf(headers.cookie, cookieName()));
}

/** The active session with this token, whether it is proven or not; "unknown" if the database cannot say. */
async function sessionOf(token: string | null): Promise<ActiveSession | null | "unknown"> {
  const status = await sessionStatus(token, { isProofNeeded: false });
  if (status.state === "unavailable") return "unknown";
  return status.state === "valid" ? status : null;
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  return headers[name]?.toString();
}

function sendProof(response: ServerResponse, { proof, challenge }: Proved, life: number): void {
  response.setHeader("Secure-Session-Challenge", challengeHeader(challenge));
  response.appendHeader("Set-Cookie", proofCookie(proof, life));
  sendJson(response, instructions());
}

function sendJson(response: ServerResponse, content: object): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(content));
}

function sendUnavailable(response: ServerResponse): void {
  response.writeHead(503, { "Retry-After": 5 }).end();
}
