import { NextResponse } from "next/server";

export function middleware(request) {
  return NextResponse.redirect(new URL("/login?next=/private", request.url), 307);
}

// Not the dashboard: a page that any middleware stands in front of is dearer, and this is the limit.
export const config = { matcher: "/private" };
