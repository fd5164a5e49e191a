// Kinds of requests that the server treats differently.

import type { IncomingMessage } from "node:http";
import { PUBLIC_PAGES } from "@/lib/http/public-pages";
import { isFile } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";

/** Whether a browser requests a whole page. Our script requests parts of pages. */
export function isDocument({ headers }: IncomingMessage): boolean {
  return !headers.rsc && !headers["next-action"];
}

/** Whether the page or route will need the session. If so, the server looks it up while Next.js gets ready. */
export function needsSession({ method, path, isUse }: RequestContext): boolean {
  return method === "GET" && isUse && !isFile(path) && !PUBLIC_PAGES.has(path);
}
