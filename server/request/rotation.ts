import type { ServerResponse } from "node:http";
import type { RequestContext } from "@/lib/request-context";

/**
 * Lets a response bring the next rotation cookie, if it is due. A prefetched page may be thrown away, and
 * proxies keep the answers of forward authentication to themselves. A page's part that Next.js streams has no head any
 * more by the time that the session is known: then the page's next question about its session gets the cookie.
 */
export function bringRotation(response: ServerResponse, { rotationCookie, isUse, path }: RequestContext): void {
  if (rotationCookie && isUse && path !== "/api/verify") response.appendHeader("Set-Cookie", rotationCookie);
}
