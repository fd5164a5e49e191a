import { AsyncLocalStorage } from "node:async_hooks";
import type { Original } from "@/lib/forward-auth/original";
import type { Locale } from "@/lib/i18n/locale";
import { processWide } from "./process-wide";

/** What the server knows of the request being answered, beside its headers. */
export type RequestContext = {
  /** Names the request in the log, and in the answer: X-Request-Id. */
  requestId: string;
  method: string;
  /** Whether it brings something that Next.js reads before the application does: a form, or a state of its router. */
  brings: boolean;
  /** The path as everything that decides by it reads it: lib/http/target. */
  path: string;
  /** Path and query as the visitor asked for them, without what Next.js adds for itself. */
  url: string;
  /** What a proxy was asked for that asks here whether it may answer; null for who asks for themselves. Not to be trusted. */
  original: Original | null;
  /** Whether a person asked. A page that is fetched in case somebody might want it is not use of a session. */
  isUse: boolean;
  /** The client's address, or null when it is not known. */
  address: string | null;
  /** The language that the answer is in: the reader's choice, or their browser's. */
  locale: Locale;
  /** The reader's time zone, by its IANA name; null until their browser has said it. */
  timeZone: string | null;
  /** Aborted when the client leaves before it was answered. */
  gone: AbortSignal;
  /** A logout of this browser's that met an outage: whether the session is ended by now, and until when it lives at the latest. */
  ending: { state: "pending" | "finished"; until: Date } | null;
  /** What was done in this browser just before it was led here, by the name that the address has for it; null for nothing, or when it was said already. */
  justDone: string | null;
  /** Set while answering: the status that the answer gets, whatever Next.js gives it. */
  status: number | null;
  /** Seconds after which to ask again, where the status says that it may help. */
  retryAfter: number | null;
  /** Who was told that they may not: the page that says so names them. */
  refused: { name: string; email: string } | null;
  /** Whether the application has looked at the request yet. What fails before is the request's fault. */
  isReached: boolean;
};

const storage = processWide("latchkeyContext", () => new AsyncLocalStorage<RequestContext>());

/** Answers one request within its context. */
export function withRequestContext<T>(context: RequestContext, answer: () => T): T {
  return storage.run(context, answer);
}

/** Does work that belongs to no request, though one may have given the occasion: what it meets is nothing to that answer. */
export function outsideOfRequests<T>(work: () => T): T {
  return storage.exit(work);
}

/** Aborted when the client of the request being answered has left; null outside of a request. */
export function clientGone(): AbortSignal | null {
  return storage.getStore()?.gone ?? null;
}

/** The id of the request being answered; undefined outside of one. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** What the request being answered is for; null outside of one. */
export function currentTarget(): Pick<RequestContext, "method" | "path"> | null {
  return storage.getStore() ?? null;
}

/** Seconds after which to ask again, when the database is away or there is too much to do. */
const RETRY_AFTER = 5;

/** Gives the answer to the request being answered, if any, this status. An outage is not taken back. */
export function answerWithStatus(status: 400 | 403 | 405 | 429 | 503, retryAfter?: number): void {
  const context = storage.getStore();
  if (!context || context.status === 503) return;

  context.status = status;
  context.retryAfter = status === 503 ? RETRY_AFTER : (retryAfter ?? null);
}

/** Keeps the status that the answer has by now; what is returned puts it back, for work that is done anew. */
export function keptStatus(): () => void {
  const context = storage.getStore();
  const { status, retryAfter } = context ?? {};
  return () => {
    if (context) Object.assign(context, { status, retryAfter });
  };
}

/** Makes a page that was posted to without an action, as no form of ours does, a 405. */
export function refuseStrayPost(): void {
  const context = storage.getStore();
  if (context?.method === "POST" && !context.isReached) answerWithStatus(405);
}

/** The context of the request being answered. Throws outside of one. */
export function requestContext(): RequestContext {
  const context = storage.getStore();
  if (!context)
    throw new Error("No request is being answered. Start the application with `npm run serve` or `npm run dev`.");

  context.isReached = true;
  return context;
}
