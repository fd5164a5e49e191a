// Corrects the responses of Next.js: their status, their headers, and broken pages.

import type { IncomingMessage, ServerResponse } from "node:http";
import { inHtml } from "@/lib/http/in-html";
import { outagePage, PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { securityHeaders } from "@/lib/http/security-headers";
import { isFile } from "@/lib/http/target";
import type { Words } from "@/lib/i18n/words";
import type { RequestContext } from "@/lib/request-context";
import { noticeCookieName } from "@/lib/session/cookie";
import { registrationHeader } from "@/lib/session/dbsc/messages";
import { escaped } from "@/lib/text/escaped";
import { isDocument } from "./kinds";
import { isRejection, rejectionPage, wordsOf } from "./reject";
import { bringRotation } from "./rotation";

/** The headers of every response, from Next.js or from the server. */
export function headersOfAll({ path, requestId }: RequestContext): Record<string, string> {
  return { ...securityHeaders(path), "X-Request-Id": requestId };
}

/** Corrects a response when its head is sent: only then is it known what happened while it was made. */
export function correctAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
  policy: string,
): void {
  const writeHead = response.writeHead.bind(response) as (status: number, ...rest: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  let isReplaced = false;

  response.writeHead = ((status: number, ...rest: unknown[]) => {
    // Everything except files depends on the user, so no cache may keep it.
    // A proxy may not rewrite a page, as Cloudflare does with email addresses: the page's scripts would not start.
    if (!isFile(context.path))
      response.setHeader("Cache-Control", isHtml(response) ? "no-store, no-transform" : "no-store");
    if (isPage(response)) response.setHeader("Content-Security-Policy", policy);
    dropSaidNotice(response);
    const due = dueStatus(status, context);
    if (context.retryAfter) response.setHeader("Retry-After", context.retryAfter);
    bringRotation(response, context);
    if (context.bindChallenge)
      response.setHeader("Secure-Session-Registration", registrationHeader(context.bindChallenge));

    // A page that explains the error keeps its text. Broken pages and empty responses get ours.
    isReplaced = ((status === 500 && due !== 500) || isWordless(response, due)) && isDocument(request);
    if (!isReplaced) return writeHead(due, ...rest);

    // The headers so far describe the broken page: its length, its files, its cookies.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const retry = context.retryAfter && { "Retry-After": context.retryAfter };
    const headers = headersOfAll(context);
    writeHead(due, { ...headers, ...PLAIN_PAGE_HEADERS, ...retry });
    const words = wordsOf(context);
    if (due === 403) return end(forbiddenPage(context, words));
    if (due === 503) return end(outagePage(words, context.method === "POST" ? "form" : "view"));
    return end(rejectionPage(isRejection(due) ? due : 400, words));
  }) as typeof response.writeHead;

  // Discards the body of a replaced page. Sending the head decides whether it is replaced.
  const isWanted = () => {
    const { statusCode, headersSent } = response;
    const due = dueStatus(statusCode, context);
    if (!headersSent && (due !== statusCode || isWordless(response, due))) response.writeHead(statusCode);
    return !isReplaced;
  };
  response.write = ((...args: unknown[]) => !isWanted() || write(...args)) as typeof response.write;
  response.end = ((...args: unknown[]) => (isWanted() ? end(...args) : response)) as typeof response.end;
}

/**
 * Drops the notice cookie when the response already contains the page with the notice.
 *
 * When an action redirects, Next.js fetches the target page itself and includes it in
 * the response. With the cookie, the next load of that page would show the notice again.
 */
function dropSaidNotice(response: ServerResponse): void {
  const bringsPage = response.hasHeader("x-action-redirect") && response.getHeader("content-type") === RSC;
  const cookies = response.getHeader("set-cookie");
  if (!bringsPage || !Array.isArray(cookies)) return;
  response.setHeader(
    "set-cookie",
    cookies.filter((cookie) => !cookie.startsWith(`${noticeCookieName()}=`)),
  );
}

/** The content type of part of a page, for Next.js's script in the browser. */
const RSC = "text/x-component";

/** The status of a response: the application's if it has set one, otherwise that of Next.js. */
function dueStatus(status: number, context: RequestContext): number {
  if (context.status) return context.status;
  // The request's content broke Next.js before the application saw it.
  return status === 500 && context.brings && !context.isReached ? 400 : status;
}

/** Whether a response has no text, or only Next.js's "Internal Server Error", for a status that we can explain. */
function isWordless(response: ServerResponse, status: number): boolean {
  const type = response.getHeader("Content-Type");
  return isRejection(status) && (type === undefined || (status === 500 && String(type).startsWith("text/plain")));
}

/** Whether the response is a page without its own policy. */
function isPage(response: ServerResponse): boolean {
  return isHtml(response) && !response.hasHeader("Content-Security-Policy");
}

function isHtml(response: ServerResponse): boolean {
  return String(response.getHeader("Content-Type")).startsWith("text/html");
}

function forbiddenPage({ refused, lacksBinding }: RequestContext, words: Words): string {
  const { t } = words;
  const isolated = (text: string) => () => `<bdi>${escaped(text)}</bdi>`;
  const who = refused
    ? inHtml(words, "error.notAdministrator", { name: isolated(refused.name), email: isolated(refused.email) })
    : "";
  const dashboard = `<a href="/dashboard">${escaped(t("error.toDashboard"))}</a>`;
  if (lacksBinding)
    return plainPage(words, { title: t("binding.mustBind"), text: [escaped(t("binding.mustBindText")), dashboard] });
  return plainPage(words, { title: t("error.administratorsOnly"), text: [who, dashboard] });
}
