// Decides which headers of a request Next.js sees.

import type { IncomingMessage } from "node:http";
import { env, isDevelopment } from "@/lib/env";
import { ownHost } from "@/lib/http/same-origin";
import type { RequestContext } from "@/lib/request-context";
import { hasLeftovers } from "@/lib/session/cookie";

/** The server's findings about a request. */
type Findings = {
  /** The page's Content Security Policy. Next.js takes the nonce for its scripts from it. */
  policy: string;
  /** Whether the session cookie unsealed. */
  isOpened: boolean;
};

/**
 * Replaces headers that a client could forge with true values.
 *
 * These are the client's address and the host name. Next.js compares an action's origin
 * with the host name, and fetches pages from it.
 */
export function tellNext(request: IncomingMessage, { address }: RequestContext, { policy, isOpened }: Findings): void {
  const { headers } = request;
  const own = env().APP_URL;
  keepHeaders(headers);
  headers.host = ownHost(headers.host ?? "") ?? own.host;
  // This also replaces the "null" that a page with the referrer policy `no-referrer` sends.
  if (headers.origin) headers.origin = `${own.protocol}//${headers.host}`;

  headers["x-forwarded-proto"] = own.protocol.slice(0, -1);
  headers["x-forwarded-for"] = address ?? "";

  headers["content-security-policy"] = policy;
  // The middleware has nothing to do when the only session cookie unseals.
  if (isOpened && !hasLeftovers(headers.cookie ?? "")) skipMiddleware(request);
}

/** Makes a request skip the middleware in Next.js: its matcher checks this header. */
export function skipMiddleware({ headers }: IncomingMessage): void {
  headers["x-latchkey-opened"] = "1";
}

/** The headers that pages, routes and files may read: also those about caching, and those of Next.js's script in the browser. */
const KEPT = [
  ...["host", "origin", "cookie", "accept", "user-agent", "content-type", "content-length"],
  ...["sec-fetch-mode", "sec-fetch-dest"],
  // Without Range: files are small, and Next.js would answer 500 to a range beyond the end of one.
  ...["accept-encoding", "accept-language", "referer", "if-none-match", "if-modified-since"],
  ...["rsc", "next-action", "next-router-state-tree", "next-router-prefetch", "next-router-segment-prefetch"],
  ...["next-url", "next-hmr-refresh", "connection", "upgrade"],
  // Shows a page that a request without a cookie comes from a browser, which should have sent one.
  "sec-fetch-site",
];

/** The development server's script shows the result of an action only once it has data that these headers ask for. */
const KEPT_IN_DEVELOPMENT = ["x-nextjs-request-id", "x-nextjs-html-request-id"];

/**
 * Removes all other headers. Some control Next.js, and any client can send them.
 *
 * With `X-Middleware-Prefetch`, Next.js responds with 200 without running the page or
 * route.
 */
function keepHeaders(headers: IncomingMessage["headers"]): void {
  const kept = isDevelopment() ? [...KEPT, ...KEPT_IN_DEVELOPMENT] : KEPT;
  for (const name of Object.keys(headers)) if (!kept.includes(name)) delete headers[name];
}
