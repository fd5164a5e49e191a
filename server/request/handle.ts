// Handles one request, before and after Next.js. Unlike a page or the middleware, the
// server sees the client's address, can reject a forged or malformed request before
// anything reads it, and can correct a response's status once the outcome is known.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "next/dist/server/next";
import { overviewEarly } from "@/lib/auth/overview";
import { contentSecurityPolicy } from "@/lib/http/security-headers";
import { isForSoftware, readTarget, type Target } from "@/lib/http/target";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import {
  cookieName,
  cookieOf,
  expiredEndingCookie,
  expiredNoticeCookie,
  expiredRotationCookie,
  setCookieHeader,
  unseal,
} from "@/lib/session/cookie";
import { BIND, PROVE } from "@/lib/session/dbsc/messages";
import { STREAM } from "@/lib/session/event-stream";
import { lookUpEarly } from "@/lib/session/status";
import { answerSoftware } from "@/server/api/answer";
import { ROUTES } from "@/server/api/routes";
import type { Streams } from "@/server/events/streams";
import { MANAGEMENT, type Management, managementAddress } from "@/server/health/endpoints";
import { observeWith } from "./access-log";
import { arrivesUnproven, goOn } from "./arrival";
import { answerBinding, countSkippedProof, isAboutBinding } from "./binding";
import { compressedFilesOf } from "./compressed-files";
import { contextOf, endingOf, justDoneOf } from "./context";
import { correctAnswer, headersOfAll } from "./from-next";
import { needsSession } from "./kinds";
import { middlewareOf } from "./middleware";
import { reject } from "./reject";
import { routeNames } from "./route-names";
import { tellNext } from "./to-next";
import { straighten, validate } from "./validate";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Returns the request handler. It passes valid requests for pages to `next`, and serves the API, streams, health and metrics itself. */
export function handleWith(next: RequestHandler, streams: Streams, management: Management): Handler {
  const folder = process.env.BUILD_DIR || ".next";
  const runMiddleware = middlewareOf(folder);
  const preferCompressed = compressedFilesOf(folder);
  const routeOf = routeNames(folder, [...Object.keys(ROUTES), STREAM, BIND, PROVE, ...MANAGEMENT]);
  const observe = observeWith(routeOf);

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { context, target }: { context: RequestContext; target: Target | null },
  ): Promise<void> {
    // Before anything rejects it: nothing but its signature counts.
    if (target && isAboutBinding(context)) return answerBinding(request, response, context);
    const checked = await validate(request, target);
    if ("rejection" in checked) return reject(request, response, checked.rejection, context);

    const address = managementAddress(context.path);
    if (address) return management.answerVisitor(address, request, response);
    // A stream stays open for hours. Next.js would keep a page's memory for as long.
    if (request.method === "GET" && context.path === STREAM) return streams.open(request, response);
    if (request.method === "POST" && context.path === STREAM) return streams.hear(checked.request, response);

    context.ending = await endingOf(request, context);
    if (context.ending?.state === "finished")
      response.appendHeader("Set-Cookie", setCookieHeader(expiredEndingCookie()));
    const token = await unseal(cookieOf(request.headers.cookie, cookieName()));
    if (isForSoftware(context.path)) return answerSoftware({ request, context, token }, response);
    // It came with an answer that was on its way when the session ended.
    if (!token && context.generation) response.appendHeader("Set-Cookie", setCookieHeader(expiredRotationCookie()));

    context.justDone = await justDoneOf(request, context);
    if (context.justDone) response.appendHeader("Set-Cookie", setCookieHeader(expiredNoticeCookie()));
    const policy = contentSecurityPolicy(randomUUID(), context.path);
    tellNext(request, context, { policy, isOpened: token !== null });
    correctAnswer(request, response, context, policy);
    if (token && needsSession(context)) {
      // The dashboard also reads what it shows, in the same round trip.
      const start = context.path === "/dashboard" ? overviewEarly : lookUpEarly;
      start(context, token);
    }
    if (!token && (await runMiddleware(request, response, context))) return;
    if (token && (await arrivesUnproven(context, token))) return goOn(response, context);
    preferCompressed(checked.request, response);
    await next(checked.request, response);
  }

  return async (request, response) => {
    const target = readTarget(request.url ?? "");
    const context = contextOf(request, response, target);
    observe(request, response, context);
    countSkippedProof(request);
    for (const [name, value] of Object.entries(headersOfAll(context))) response.setHeader(name, value);
    if (target) straighten(request, target);
    await withRequestContext(context, () => answer(request, response, { context, target }));
  };
}
