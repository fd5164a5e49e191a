import { AsyncLocalStorage } from "node:async_hooks";
import type { Original } from "@/lib/forward-auth/original";
import type { Locale } from "@/lib/i18n/locale";
import type { Theme } from "@/lib/theme";
import { processWide } from "./process-wide";

/** What the server knows about the current request, besides its headers. */
export type RequestContext = {
  /** Identifies the request in the log, and in the response: X-Request-Id. */
  requestId: string;
  method: string;
  /** Whether the request carries something that Next.js reads before the application does: a form, or router state. */
  brings: boolean;
  /** The path in the reading that all decisions use: lib/http/target. */
  path: string;
  /** Path and query as the visitor requested them, without what Next.js adds for itself. */
  url: string;
  /** The request that a proxy asks about, for forward authentication; null if no proxy asks. Not to be trusted. */
  original: Original | null;
  /** Whether a person made the request. Prefetching a page is not use of a session. */
  isUse: boolean;
  /** Whether a visitor comes from another site to a page. Browsers prove no session for such a request. */
  isArrival: boolean;
  /** The client's address, or null when it is unknown. */
  address: string | null;
  /** The browser as it describes itself. */
  userAgent: string | null;
  /** The value of the cookie with which the browser shows that it has the key of its session (lib/session/dbsc). */
  proof: string | null;
  /** The value of the rotation cookie (lib/session/rotation). */
  generation: string | null;
  /** The language of the response: the reader's choice, or their browser's. */
  locale: Locale;
  /** The IANA name of the reader's time zone; null until their browser has sent it. */
  timeZone: string | null;
  /** The theme that the reader chose in this browser. */
  theme: Theme;
  /** Aborted when the client disconnects before it has its response. */
  gone: AbortSignal;
  /**
   * A logout in this browser that met an outage: whether the session has ended by now, and the
   * latest time at which it expires.
   */
  ending: { state: "pending" | "finished"; until: Date } | null;
  /**
   * The name of the action that redirected this browser here, as in the address. Null if there was
   * none, or if a page has already confirmed it.
   */
  justDone: string | null;
  /** Set while handling the request: the status of the response, whatever Next.js sets. */
  status: number | null;
  /** Seconds after which to retry, if the status suggests that a retry may help. */
  retryAfter: number | null;
  /** The user who was refused access; the page with the refusal shows their name. */
  refused: { name: string; email: string } | null;
  /** Whether an administrator was refused because the session is not bound to a device. */
  lacksBinding: boolean;
  /** The challenge with which the response offers to bind the session that it starts. */
  bindChallenge: string | null;
  /** The `Set-Cookie` value of the next rotation cookie, which the response may carry. */
  rotationCookie: string | null;
  /** Whether the application has received the request yet. Anything that fails before is the fault of the request. */
  isReached: boolean;
};

const storage = processWide("latchkeyContext", () => new AsyncLocalStorage<RequestContext>());

/** Handles one request within its context. */
export function withRequestContext<T>(context: RequestContext, answer: () => T): T {
  return storage.run(context, answer);
}

/**
 * Runs work that belongs to no request, even if one triggered it. Its failures do not affect the
 * response to that request.
 */
export function outsideOfRequests<T>(work: () => T): T {
  return storage.exit(work);
}

/** Aborted when the client of the current request disconnects; null outside a request. */
export function clientGone(): AbortSignal | null {
  return storage.getStore()?.gone ?? null;
}

/** The id of the current request; undefined outside a request. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** The method and path of the current request; null outside a request. */
export function currentTarget(): Pick<RequestContext, "method" | "path"> | null {
  return storage.getStore() ?? null;
}

/** What the current request brings to show whose it is, and its client. Outside a request there is nothing. */
export function presented(): {
  proof: string | null;
  generation: string | null;
  isArrival: boolean;
  client: { userAgent: string | null; ipAddress: string | null };
} {
  const its = storage.getStore();
  const { proof = null, generation = null, isArrival = false, userAgent = null, address: ipAddress = null } = its ?? {};
  return { proof, generation, isArrival, client: { userAgent, ipAddress } };
}

/** Lets the response carry the next rotation cookie; null takes that back. */
export function offerRotation(cookie: string | null): void {
  const context = storage.getStore();
  if (context) context.rotationCookie = cookie;
}

/** The theme of the current request's reader; "system" outside a request. */
export function currentTheme(): Theme {
  return storage.getStore()?.theme ?? "system";
}

/** Seconds after which to retry, when the database is unavailable or there is too much to do. */
const RETRY_AFTER = 5;

/** Sets the status of the current response, if there is one. Never replaces the 503 of an outage. */
export function answerWithStatus(status: 400 | 403 | 405 | 429 | 503, retryAfter?: number): void {
  const context = storage.getStore();
  if (!context || context.status === 503) return;

  context.status = status;
  context.retryAfter = status === 503 ? RETRY_AFTER : (retryAfter ?? null);
}

/** Remembers the current status. The returned function restores it, for work that runs again. */
export function keptStatus(): () => void {
  const context = storage.getStore();
  const { status, retryAfter } = context ?? {};
  return () => {
    if (context) Object.assign(context, { status, retryAfter });
  };
}

/** Refuses, with a 405, a POST to a page without an action. No form of ours sends one. */
export function refuseStrayPost(): void {
  const context = storage.getStore();
  if (context?.method === "POST" && !context.isReached) answerWithStatus(405);
}

/** The context of the current request. Throws outside a request. */
export function requestContext(): RequestContext {
  const context = contextOfResponse();
  context.isReached = true;
  return context;
}

/**
 * The context of the current request, without setting `isReached`. For work that every response
 * needs, even the page about a failure. Throws outside a request.
 */
export function contextOfResponse(): RequestContext {
  const context = storage.getStore();
  if (!context)
    throw new Error("There is no current request. Start the application with `npm run serve` or `npm run dev`.");
  return context;
}
