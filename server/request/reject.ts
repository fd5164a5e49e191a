// Rejects invalid requests before a page or route sees them.

import type { IncomingMessage, ServerResponse } from "node:http";
import { PLAIN_PAGE_HEADERS, PROBLEM_HEADERS, plainPage } from "@/lib/http/plain-page";
import { isForSoftware } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";

/** Bytes to read and discard after a rejection: a client that is still sending won't read our response. */
const LARGEST_WASTE = 16 * 1024 * 1024;

const REJECTIONS = {
  400: ["This could not be read", "Something was sent that is not a form of this site, or did not arrive whole."],
  403: [
    "This was not sent by Latchkey",
    "A form was sent here from somewhere else, or by something that does not say where from. Nothing was changed.",
  ],
  404: ["There is no such page", "The address may be mistyped, or the page may have moved."],
  405: ["This is not how it works", "That cannot be done with this address."],
  421: ["This is somewhere else", "This server answers for this machine only, by the name of localhost."],
  413: ["This is too large", "More was sent than any form of this site holds. Nothing was changed."],
  500: ["This did not work", "The fault is ours, and it was noted."],
} as const;

export type Rejection = keyof typeof REJECTIONS;

/** Responds with the status and a page that explains it; below /api, with a problem document. */
export function reject(
  request: IncomingMessage,
  response: ServerResponse,
  status: Rejection,
  { path }: RequestContext,
): void {
  throwAwayRest(request);
  if (status === 405) response.setHeader("Allow", "GET, HEAD, POST");

  if (isForSoftware(path)) {
    response.writeHead(status, PROBLEM_HEADERS);
    response.end(rejectionProblem(status));
  } else {
    response.writeHead(status, PLAIN_PAGE_HEADERS);
    response.end(rejectionPage(status));
  }
}

/** The page that explains a rejection. */
export function rejectionPage(status: Rejection): string {
  const [title, text] = REJECTIONS[status];
  return plainPage({ title, text: [text, 'If you did this yourself, <a href="/">start from the front page</a>.'] });
}

/** The problem document that explains a rejection (RFC 9457). */
export function rejectionProblem(status: Rejection): string {
  const [title, detail] = REJECTIONS[status];
  return JSON.stringify({ status, title, detail });
}

/** Whether there is a text for this status. */
export function isRejection(status: number): status is Rejection {
  return status in REJECTIONS;
}

function throwAwayRest(request: IncomingMessage): void {
  let wasted = 0;
  request.on("data", (chunk) => {
    wasted += chunk.length;
    if (wasted > LARGEST_WASTE) request.destroy();
  });
}
