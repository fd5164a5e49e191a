import { getSessionCookie } from "better-auth/cookies";
import { NextResponse } from "next/server";

/** The quick redirect from https://better-auth.com/docs/integrations/next, which only checks that a cookie exists. */
export function proxy(request) {
  return getSessionCookie(request) ? NextResponse.next() : NextResponse.redirect(new URL("/login", request.url));
}

// Excludes the dashboard, which checks the session itself and is cheaper without this.
export const config = { matcher: "/private" };
