// What Next.js is told of a request, and what it is not.

import type { IncomingMessage } from "node:http";
import { env } from "@/lib/env";
import { ownHost } from "@/lib/http/same-origin";
import { isForSoftware } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";
import { hasLeftovers } from "@/lib/session/cookie";

/** What the server has found out about a request. */
type Findings = {
  /** The policy of the page, if it is one: Next.js reads the nonce in it, and puts it on its scripts. */
  policy: string;
  /** Whether the session cookie's seal opened. */
  isOpened: boolean;
};

/**
 * Replaces headers that a client could forge by what is true: the client's address, and
 * the name under which it reached us. Next.js compares an action's origin with that
 * name, and fetches from it.
 */
export function tellNext(
  { headers }: IncomingMessage,
  { address, path }: RequestContext,
  { policy, isOpened }: Findings,
): void {
  const own = env().APP_URL;
  keepHeaders(headers, isForSoftware(path) ? OF_SOFTWARE : OF_PAGES);
  headers.host = ownHost(headers.host ?? "") ?? own.host;
  // Also in place of the "null" that a page sends whose address is kept from everybody.
  if (headers.origin) headers.origin = `${own.protocol}//${headers.host}`;

  headers["x-forwarded-proto"] = own.protocol.slice(0, -1);
  headers["x-forwarded-for"] = address ?? "";

  headers["content-security-policy"] = policy;
  // The middleware has nothing to do when the cookie unseals and is the only one: its matcher looks at this header.
  if (isOpened && !hasLeftovers(headers.cookie ?? "")) headers[OPENED] = "1";
}

/** The header with which a request skips the middleware. */
const OPENED = "x-latchkey-opened";

/** All that a route of the API may read of a request. */
const OF_SOFTWARE = [
  ...["host", "origin", "cookie", "accept", "user-agent", "content-type", "content-length"],
  ...["sec-fetch-mode", "sec-fetch-dest"],
];

/** The same for a page or a file: with what browsers say of caches, and what Next.js's script in the browser asks. */
const OF_PAGES = [
  ...OF_SOFTWARE,
  ...["accept-encoding", "accept-language", "referer", "range", "if-range", "if-none-match", "if-modified-since"],
  ...["rsc", "next-action", "next-router-state-tree", "next-router-prefetch", "next-router-segment-prefetch"],
  ...["next-url", "next-hmr-refresh", "connection", "upgrade"],
  // It tells a page whether a browser asks, which has to bring a cookie.
  "sec-fetch-site",
];

/**
 * Removes all other headers. Some control Next.js, and anybody can send them: with
 * `X-Middleware-Prefetch` it answers 200 without asking page or route, which would tell a
 * proxy in front of an application to let anybody in.
 */
function keepHeaders(headers: IncomingMessage["headers"], kept: string[]): void {
  for (const name of Object.keys(headers)) if (!kept.includes(name)) delete headers[name];
}
