import { getSessionCookie } from "better-auth/cookies";
import { NextResponse } from "next/server";

/** The quick redirect that https://better-auth.com/docs/integrations/next shows: it looks only whether there is a cookie. */
export function proxy(request) {
  return getSessionCookie(request) ? NextResponse.next() : NextResponse.redirect(new URL("/login", request.url));
}

// Not the dashboard, which checks for itself and is cheaper without.
export const config = { matcher: "/private" };
