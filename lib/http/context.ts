import { AsyncLocalStorage } from "node:async_hooks";

/** What the server knows of the request being answered, beside its headers. */
export type RequestContext = {
  /** Path and query as the visitor asked for them. */
  url: string;
  /** The client's address as the server sees it, or null when it has gone already. */
  address: string | null;
  /** Set while answering, when the database was away: the server makes the answer a 503. */
  unavailable: boolean;
};

// On the process, because the server and the pages are separate bundles.
const shared = globalThis as { latchkeyContext?: AsyncLocalStorage<RequestContext> };
shared.latchkeyContext ??= new AsyncLocalStorage();

const storage = shared.latchkeyContext;

/** Answers one request within its context. */
export function withRequestContext<T>(context: RequestContext, answer: () => T): T {
  return storage.run(context, answer);
}

/** Makes the answer to the request being answered, if any, a 503. */
export function noteOutage(): void {
  const context = storage.getStore();
  if (context) context.unavailable = true;
}

/** The context of the request being answered. Throws outside of one. */
export function requestContext(): RequestContext {
  const context = storage.getStore();
  if (!context)
    throw new Error("No request is being answered: start the application with `npm run serve` or `npm run dev`.");
  return context;
}
