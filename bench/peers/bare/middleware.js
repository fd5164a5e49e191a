import { NextResponse } from "next/server";

export function middleware(request) {
  return NextResponse.redirect(new URL("/login?next=/private", request.url), 307);
}

// Excludes the dashboard: middleware would make the page more expensive, and this is the limit.
export const config = { matcher: "/private" };
