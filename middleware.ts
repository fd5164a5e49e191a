import { type NextRequest, NextResponse } from "next/server";
import { LEADS_IN, PUBLIC_PAGES } from "@/lib/http/public-pages";
import { loginPath } from "@/lib/http/return-path";
import { cookieName, expiredCookie, expiredLeftovers, hasLeftovers, trialCookie, unseal } from "@/lib/session/cookie";

/**
 * A courtesy, not the guard: it spares who is signed out a page that would
 * refuse them, before anything renders. It never asks the database, so it never
 * decides that someone *is* signed in; every page asks for itself.
 */
export async function middleware(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  const isSigned = (await unseal(request.cookies.get(cookieName())?.value)) !== null;
  // Redirecting a POST would send it again elsewhere; the guards answer those.
  const isView = request.method === "GET" || request.method === "HEAD";

  const response =
    isSigned || !isView || PUBLIC_PAGES.has(pathname)
      ? NextResponse.next()
      : NextResponse.redirect(new URL(loginPath(pathname + search), request.url), 307);

  // It does not open, or no longer: cleaned up, so that it is not looked at each time. Not by a POST, whose answer may
  // bring a new one.
  if (!isSigned && isView && request.cookies.has(cookieName())) response.cookies.set(expiredCookie());
  const trial = trialCookie();
  if (isView && LEADS_IN.has(pathname) && isBrowser(request) && !request.cookies.has(trial.name))
    response.cookies.set(trial);
  if (isSigned && hasLeftovers(request.headers.get("cookie") ?? "")) removeLeftovers(response);
  return response;
}

/** Browsers say where a request comes from, also when somebody typed the address in. */
function isBrowser(request: NextRequest): boolean {
  return request.headers.has("sec-fetch-site");
}

/** They have one name and several domains, of which the response's own jar would keep the last alone. */
function removeLeftovers(response: NextResponse): void {
  for (const cookie of expiredLeftovers()) {
    const jar = new NextResponse();
    jar.cookies.set(cookie);
    for (const line of jar.headers.getSetCookie()) response.headers.append("Set-Cookie", line);
  }
}

// Pages only: routes answer for themselves, and files are nobody's secret. And of
// them only what there is something to do for: the server in front says whose
// cookie opens. To run any middleware, however empty, costs a sixth of a page.
export const config = {
  matcher: [
    {
      source:
        "/((?!api$|api/|logout/end$|outbox/|_next/static/|icon.svg$|favicon.ico$|apple-icon.png$|apple-touch-icon|robots.txt$|.well-known/).*)",
      missing: [{ type: "header", key: "x-latchkey-opened" }],
    },
  ],
};
