// What kinds of requests there are, where it matters to the server.

import type { IncomingMessage } from "node:http";
import { PUBLIC_PAGES } from "@/lib/http/public-pages";
import { isFile } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";

/** Whether a browser asks for a page to show, and not the application's own script for a part of one. */
export function isDocument({ headers }: IncomingMessage): boolean {
  return !headers.rsc && !headers["next-action"];
}

/** Whether a page or a route is asked for that will want to know who asks: then it is looked up while Next.js gets ready. */
export function needsSession({ method, path, isUse }: RequestContext): boolean {
  return method === "GET" && isUse && !isFile(path) && !PUBLIC_PAGES.has(path);
}
