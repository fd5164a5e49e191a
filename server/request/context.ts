// Collects the facts about a request before anything handles it.

import type { IncomingMessage, ServerResponse } from "node:http";
import { originalOf } from "@/lib/forward-auth/original";
import { clientAddress } from "@/lib/http/client-address";
import { requestIdOf } from "@/lib/http/request-id";
import { isFile, type Target } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";
import {
  cookieOf,
  endingCookieName,
  noticeCookieName,
  ownCookies,
  proofCookieName,
  rotationCookieName,
  unsealEnding,
  unsealNotice,
} from "@/lib/session/cookie";
import { finishEnding } from "@/lib/session/owed-logout";
import { readerOf } from "@/lib/words";
import { isArrival } from "./arrival";
import { isDocument } from "./kinds";

/** The facts about a request that pages, routes and the server share. */
export function contextOf(request: IncomingMessage, response: ServerResponse, target: Target | null): RequestContext {
  const { socket, headers, method = "GET", url = "" } = request;
  // Parsed again, because this comes before the server has straightened the header.
  const cookies = ownCookies(headers.cookie);
  let gone: AbortSignal | undefined;
  const isPrefetch =
    headers["next-router-prefetch"] !== undefined || /prefetch/.test(`${headers["sec-purpose"] ?? headers.purpose}`);

  const path = target?.path ?? url.split(/[?#]/, 1)[0] ?? "";

  return {
    requestId: requestIdOf({ socket: socket.remoteAddress, sent: headers["x-request-id"]?.toString() }),
    method,
    brings: method === "POST" || headers["next-router-state-tree"] !== undefined,
    path,
    url: withoutRouterParameter(target?.url ?? url),
    original: originalOf(headers),
    // A POST is never a prefetch.
    isUse: method === "POST" || !isPrefetch,
    isArrival: isArrival(request, path),
    address: clientAddress({ socket: socket.remoteAddress, forwarded: headers["x-forwarded-for"]?.toString() }),
    userAgent: headers["user-agent"] ?? null,
    proof: cookieOf(cookies, proofCookieName()) || null,
    generation: cookieOf(cookies, rotationCookieName()) || null,
    ...readerOf(headers),
    get gone() {
      gone ??= goneSignal(response);
      return gone;
    },
    ending: null,
    justDone: null,
    status: null,
    retryAfter: null,
    refused: null,
    lacksBinding: false,
    bindChallenge: null,
    rotationCookie: null,
    isReached: false,
  };
}

/** Finishes this browser's log-out if an outage interrupted it. Returns its state, or null when there is none. */
export async function endingOf(
  request: IncomingMessage,
  { path, address: ipAddress }: RequestContext,
): Promise<RequestContext["ending"]> {
  // Only a page can show the outcome.
  if (!isDocument(request) || isFile(path)) return null;

  const { headers } = request;
  const pending = await unsealEnding(cookieOf(headers.cookie, endingCookieName()));
  if (!pending) return null;
  const by = { ipAddress, userAgent: headers["user-agent"] ?? null };
  return { state: (await finishEnding(pending, by)) ? "finished" : "pending", until: pending.until };
}

/** What this browser has just done, if the requested page announces it. A page announces it once. */
export async function justDoneOf(
  { headers }: IncomingMessage,
  { method, url, isUse }: RequestContext,
): Promise<string | null> {
  const cookie = cookieOf(headers.cookie, noticeCookieName());
  if (!cookie || method !== "GET" || !isUse) return null;

  const done = await unsealNotice(cookie);
  const [, query = ""] = url.split("?");
  return done !== null && new URLSearchParams(query).has(done) ? done : null;
}

/**
 * A signal that aborts when the client disconnects before the response is complete, so that work for it can stop. Few
 * requests need one, and it costs as much as the rest of the context.
 */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const abort = () => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.destroyed) abort();
  else response.once("close", abort);
  return gone.signal;
}

/** Removes the `_rsc` parameter, with which Next.js requests parts of a page at the page's address. */
function withoutRouterParameter(url: string): string {
  return url.replace(/([?&])_rsc=[^&]*(&|$)/, (_all, before, after) => (after ? before : "")).replace(/[?]$/, "");
}
