// Rejects invalid requests before a page or route sees them.

import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, problem } from "@/lib/api/problem";
import { inHtml } from "@/lib/http/in-html";
import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { isFile, isForSoftware } from "@/lib/http/target";
import type { Said, Words } from "@/lib/i18n/words";
import type { RequestContext } from "@/lib/request-context";
import { escaped } from "@/lib/text/escaped";
import { ENGLISH, wordsIn } from "@/lib/words";

/** Bytes to read and discard after a rejection: a client that is still sending won't read our response. */
const LARGEST_WASTE = 16 * 1024 * 1024;

const REJECTIONS = {
  400: [["plain.unreadable"], ["plain.unreadableText"]],
  403: [["plain.forged"], ["plain.forgedText"]],
  404: [["error.notFound"], ["error.notFoundText"]],
  405: [["plain.unsupported"], ["plain.unsupportedText"]],
  421: [["plain.elsewhere"], ["plain.elsewhereText"]],
  413: [["plain.tooLarge"], ["plain.tooLargeText"]],
  500: [["error.failed"], ["plain.failedText"]],
} as const satisfies Record<number, [title: Said, text: Said]>;

export type Rejection = keyof typeof REJECTIONS;

/** Responds with the status and a page that explains it; below /api, with a problem document. */
export function reject(
  request: IncomingMessage,
  response: ServerResponse,
  status: Rejection,
  context: RequestContext,
): void {
  throwAwayRest(request);
  if (status === 405) response.setHeader("Allow", isFile(context.path) ? "GET, HEAD" : "GET, HEAD, POST");

  if (isForSoftware(context.path)) {
    const { headers, body } = rejectionProblem(status);
    response.writeHead(status, headers);
    response.end(body);
  } else {
    response.writeHead(status, PLAIN_PAGE_HEADERS);
    response.end(rejectionPage(status, wordsOf(context)));
  }
}

/** The words for a page that the server sends without the application. */
export function wordsOf({ locale, timeZone }: RequestContext): Words {
  return wordsIn(locale, timeZone);
}

/** The page that explains a rejection. */
export function rejectionPage(status: Rejection, words: Words): string {
  const [title, text] = REJECTIONS[status];
  const front = inHtml(words, "plain.front", { link: (parts) => `<a href="/">${parts}</a>` });
  return plainPage(words, { title: words.say(title), text: [escaped(words.say(text)), front] });
}

/** The problem that explains a rejection to software. */
export function rejectionProblem(status: Rejection, headers: Record<string, string> = {}): Answer {
  const [title, detail] = REJECTIONS[status];
  const answer = problem(status, ENGLISH.say(title), ENGLISH.say(detail));
  return { ...answer, headers: { ...answer.headers, ...headers } };
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
