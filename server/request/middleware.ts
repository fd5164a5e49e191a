// Runs middleware.ts for logged-out visitors in this process. Next.js would run it behind its router and in a sandbox, which
// costs several times the CPU time of everything else about a redirect (decision 18).

import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { env, isDevelopment } from "@/lib/env";
import type { RequestContext } from "@/lib/request-context";
import { skipMiddleware } from "./to-next";

type Manifest = { middleware: Record<string, { matchers: { regexp: string }[] }> };

/** Whether the response is sent, so that nothing is left to do. */
type Send = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => Promise<boolean>;

/**
 * Returns a function that runs the middleware of the build in `folder` for a request that Next.js would run it for.
 *
 * It sends a redirect, and lets Next.js skip a middleware that changes nothing. If the middleware sets a cookie, Next.js
 * runs it once more, because only Next.js can give the cookie to the page.
 */
export function middlewareOf(folder: string): Send {
  const patterns = patternsOf(folder);
  // Loaded late: what they import needs Next.js to be there, and a development server has no use for them.
  const load = async () => ({ ...(await import("next/server")), ...(await import("@/middleware")) });
  let loading: ReturnType<typeof load> | undefined;

  return async (request, response, { path, url }) => {
    // Next.js itself corrects an address with superfluous slashes, before the middleware.
    if (path !== url.split("?", 1)[0] || !patterns.some((pattern) => pattern.test(path))) return false;
    loading ??= load();
    const { NextRequest, middleware } = await loading;
    const { origin } = env().APP_URL;
    const { status, headers } = await middleware(new NextRequest(origin + url, headersOf(request)));
    const location = headers.get("Location");
    const cookies = headers.getSetCookie();

    if (location === null) {
      if (cookies.length === 0) skipMiddleware(request);
      return false;
    }
    // Without our own host, of which a proxy in front may know another name.
    const to = location.startsWith(`${origin}/`) ? location.slice(origin.length) : location;
    for (const cookie of cookies) response.appendHeader("Set-Cookie", cookie);
    response.writeHead(status, { Location: to }).end(to);
    return true;
  };
}

/** The paths that the middleware of a build runs for. A development server compiles its middleware itself. */
function patternsOf(folder: string): RegExp[] {
  const file = join(folder, "server/middleware-manifest.json");
  if (isDevelopment() || !existsSync(file)) return [];
  const { middleware }: Manifest = JSON.parse(readFileSync(file, "utf8"));
  return Object.values(middleware).flatMap(({ matchers }) => matchers.map(({ regexp }) => new RegExp(regexp)));
}

/** The method and the headers of a request, in the form of a web request. */
function headersOf({ method = "GET", headers }: IncomingMessage) {
  const sent = Object.entries(headers).filter((each): each is [string, string] => typeof each[1] === "string");
  return { method, headers: sent };
}
