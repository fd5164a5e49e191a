import { type NextRequest, NextResponse } from "next/server";
import { LEADS_IN, PUBLIC_PAGES } from "@/lib/http/public-pages";
import { loginPath } from "@/lib/http/return-path";
import { cookieName, expiredCookie, expiredLeftovers, hasLeftovers, trialCookie, unseal } from "@/lib/session/cookie";

/**
 * Redirects logged-out visitors to the log-in page, before anything renders.
 *
 * A courtesy, not the guard: it never queries the database, so it cannot decide
 * that a user *is* logged in. Every page checks that itself.
 */
export async function middleware(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  const isSigned = (await unseal(request.cookies.get(cookieName())?.value)) !== null;
  // A 307 would make the browser repeat a POST elsewhere, so the guards handle POSTs.
  const isView = request.method === "GET" || request.method === "HEAD";

  const response =
    isSigned || !isView || PUBLIC_PAGES.has(pathname)
      ? NextResponse.next()
      : NextResponse.redirect(new URL(loginPath(pathname + search), request.url), 307);

  // Removes a cookie that does not unseal, so that it is not checked on every request. A POST is left out, because its
  // response may set a new cookie.
  if (!isSigned && isView && request.cookies.has(cookieName())) response.cookies.set(expiredCookie());
  const trial = trialCookie();
  if (isView && LEADS_IN.has(pathname) && isBrowser(request) && !request.cookies.get(trial.name)?.value)
    response.cookies.set(trial);
  if (isSigned && hasLeftovers(request.headers.get("cookie") ?? "")) removeLeftovers(response);
  return response;
}

/** Browsers send `Sec-Fetch-Site` with every request, even for a typed address. */
function isBrowser(request: NextRequest): boolean {
  return request.headers.has("sec-fetch-site");
}

/** Appends each header by hand: the response's jar keeps one cookie per name, and these differ only by domain. */
function removeLeftovers(response: NextResponse): void {
  for (const cookie of expiredLeftovers()) {
    const jar = new NextResponse();
    jar.cookies.set(cookie);
    for (const line of jar.headers.getSetCookie()) response.headers.append("Set-Cookie", line);
  }
}

// Matches pages only: routes guard themselves, and files are not secret. The header, set by
// the server in front, skips requests whose cookie unseals: running any middleware, even an
// empty one, costs a sixth of a page's CPU time (decision 18).
export const config = {
  matcher: [
    {
      source:
        "/((?!logout/end$|outbox/|_next/static/|icon.svg$|brand/|favicon.ico$|apple-icon.png$|apple-touch-icon|robots.txt$|.well-known/).*)",
      missing: [{ type: "header", key: "x-latchkey-opened" }],
    },
  ],
};
