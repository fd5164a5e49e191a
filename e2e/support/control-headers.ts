/** Headers that control Next.js, in any of its versions, or a proxy. Sent by a client, they must change nothing. */
export const CONTROL_HEADERS: Record<string, string>[] = [
  // Next.js responds 200 to this one without running the route.
  { "X-Middleware-Prefetch": "1" },
  { "X-Middleware-Subrequest": "middleware:middleware:middleware:middleware:middleware" },
  { "X-Middleware-Next": "1", "X-Middleware-Rewrite": "/login", "X-Middleware-Skip": "1" },
  { "X-Nextjs-Data": "1", "X-Matched-Path": "/login", "X-Now-Route-Matches": "1" },
  { "X-Prerender-Revalidate": "1", "Next-Resume": "1", "X-Invoke-Path": "/login", "X-Invoke-Status": "200" },
  { RSC: "1", "Next-Router-State-Tree": "%%%", "Next-Url": "/x", "Next-Router-Segment-Prefetch": "/_tree" },
  { "Next-Action": "0".repeat(40) },
  { "X-HTTP-Method-Override": "OPTIONS", "X-Original-URL": "/login", "X-Rewrite-URL": "/login" },
  { Range: "bytes=0-1", "If-None-Match": "*", "If-Modified-Since": new Date(0).toUTCString() },
  { Authorization: "Basic eDp5", Accept: "text/x-component" },
];
