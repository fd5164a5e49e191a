// What the server does with one request, around what Next.js does. It can do
// what neither a page nor the middleware can: see the client's address, reject a
// forged or malformed request before anything reads it, and correct the status
// of an answer by what was met on the way to it.

import { randomUUID } from "node:crypto";
import { IncomingMessage, type ServerResponse } from "node:http";
import type { RequestHandler } from "next/dist/server/next";
import { env, isDevelopment, isLoopback } from "@/lib/env";
import { originalOf } from "@/lib/forward-auth/original";
import { clientAddress } from "@/lib/http/client-address";
import {
  OUTAGE_PAGE,
  OUTAGE_PAGE_OF_FORM,
  PLAIN_PAGE_HEADERS,
  PROBLEM_HEADERS,
  plainPage,
} from "@/lib/http/plain-page";
import { PUBLIC_PAGES } from "@/lib/http/public-pages";
import { requestIdOf } from "@/lib/http/request-id";
import { isSameOrigin, ownHost } from "@/lib/http/same-origin";
import { contentSecurityPolicy, securityHeaders } from "@/lib/http/security-headers";
import { isFile, isForSoftware, isInternal, readTarget, type Target } from "@/lib/http/target";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import {
  cookieName,
  cookieOf,
  endingCookieName,
  expiredEndingCookie,
  expiredNoticeCookie,
  hasLeftovers,
  noticeCookieName,
  ownCookies,
  unseal,
  unsealEnding,
  unsealNotice,
} from "@/lib/session/cookie";
import { finishEnding } from "@/lib/session/owed-logout";
import { lookUpEarly } from "@/lib/session/status";
import { escaped } from "@/lib/text/escaped";
import { type Live, STREAM } from "@/server/events/streams";
import { MANAGEMENT, type Management, managementAddress } from "@/server/health/endpoints";
import { observeWith } from "./access-log";
import { routeNames } from "./route-names";

/** The largest body that is read, in bytes. */
const LARGEST_BODY = 64 * 1024;

/** So much more is taken in and thrown away, in bytes: a client that still sends does not hear why it is refused. */
const LARGEST_WASTE = 16 * 1024 * 1024;

type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Answers requests: with what `next` makes of them, once they have been found in order, and by itself where a page is not needed. */
export function answerWith(next: RequestHandler, live: Live, management: Management): Answerer {
  const routeOf = routeNames(process.env.BUILD_DIR || ".next", [STREAM, ...MANAGEMENT]);
  const observe = observeWith(routeOf);

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    { context, target }: { context: RequestContext; target: Target | null },
  ): Promise<void> {
    const checked = await check(request, target);
    if ("rejection" in checked) return reject(request, response, checked.rejection, context);

    const address = managementAddress(context.path);
    if (address) return management.answerVisitor(address, request, response);
    // A stream is open for hours; Next.js would keep all it needs for a page meanwhile.
    if (request.method === "GET" && context.path === STREAM) return live.open(request, response);

    context.ending = await endingOf(request, context);
    context.justDone = await justDoneOf(request, context);
    const token = await unseal(cookieOf(request.headers.cookie, cookieName()));
    const policy = contentSecurityPolicy(randomUUID(), context.path);
    tellNext(request, context, { policy, isOpened: token !== null });
    correctAnswer(request, response, context, policy);
    if (context.ending?.state === "finished") response.appendHeader("Set-Cookie", removal(expiredEndingCookie()));
    if (context.justDone) response.appendHeader("Set-Cookie", removal(expiredNoticeCookie()));
    if (token && needsSession(context)) lookUpEarly(context, token);
    await next(checked.request, response);
  }

  return async (request, response) => {
    const target = readTarget(request.url ?? "");
    const context = contextOf(request, response, target);
    observe(request, response, context);
    for (const [name, value] of Object.entries(headersOfAll(context))) response.setHeader(name, value);
    if (target) straighten(request, target);
    await withRequestContext(context, () => answer(request, response, { context, target }));
  };
}

/** Puts the target and the cookies of a request into the form in which everything that comes after reads them. */
function straighten(request: IncomingMessage, { url, host }: Target): void {
  const { headers } = request;
  request.url = url;
  if (host !== null) headers.host = host;
  const cookies = ownCookies(headers.cookie);
  if (cookies) headers.cookie = cookies;
  else delete headers.cookie;
}

/** Whether a page or a route is asked for that will want to know who asks: then it is looked up while Next.js gets ready. */
function needsSession({ method, path, isUse }: RequestContext): boolean {
  return method === "GET" && isUse && !isFile(path) && !PUBLIC_PAGES.has(path);
}

/** The headers of every answer, whatever answers. */
function headersOfAll({ path, requestId }: RequestContext): Record<string, string> {
  return { ...securityHeaders(path), "X-Request-Id": requestId };
}

type Rejection = keyof typeof REJECTIONS;

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

function reject(request: IncomingMessage, response: ServerResponse, status: Rejection, { path }: RequestContext): void {
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

function rejectionPage(status: Rejection): string {
  const [title, text] = REJECTIONS[status];
  return plainPage({ title, text: [text, 'If you did this yourself, <a href="/">start from the front page</a>.'] });
}

function rejectionProblem(status: Rejection): string {
  const [title, detail] = REJECTIONS[status];
  return JSON.stringify({ status, title, detail });
}

function throwAwayRest(request: IncomingMessage): void {
  let wasted = 0;
  request.on("data", (chunk) => {
    wasted += chunk.length;
    if (wasted > LARGEST_WASTE) request.destroy();
  });
}

/** The request, ready for Next.js, or the status with which it is refused. */
async function check(
  request: IncomingMessage,
  target: Target | null,
): Promise<{ request: IncomingMessage } | { rejection: Rejection }> {
  const { method = "", headers } = request;
  const isForged =
    method === "POST" && !isSameOrigin({ site: headers["sec-fetch-site"]?.toString(), origin: headers.origin });
  if (isForged) return { rejection: 403 };
  if (isMisdirected(request)) return { rejection: 421 };
  if (!METHODS.includes(method)) return { rejection: 405 };
  if (!target || !hasOneHost(request)) return { rejection: 400 };
  // The development server answers there.
  if (isInternal(target.path) && !isDevelopment()) return { rejection: 404 };
  if (method !== "POST") return { request };

  const body = await readBody(request);
  if (!body) return { rejection: 413 };
  if (!(await isReadable(body, headers["content-type"]))) return { rejection: 400 };
  return { request: withBody(request, body) };
}

const METHODS = ["GET", "HEAD", "POST"];

/** Whether a request says once for which host it is, as HTTP/1.1 wants (RFC 9112 §3.2). */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  const count = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  return count === 1 || (count === 0 && httpVersion === "1.0");
}

/**
 * Whether a request to localhost was made under another name: then a page of
 * that name made it, and reads the answer (DNS rebinding). In front of a public
 * address stands a proxy, which may well ask under a name of its own.
 */
function isMisdirected({ headers: { host } }: IncomingMessage): boolean {
  // A browser always says the name.
  return isLoopback(env().APP_URL.hostname) && host !== undefined && ownHost(host) === null;
}

/** The whole body, or null when it is larger than any form of ours; then the rest stays unread. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers["content-length"]) > LARGEST_BODY) return null;

  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > LARGEST_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether a body is text, and a form if it says so: Next.js takes neither for granted well (it answers 500). */
async function isReadable(body: Buffer, type = ""): Promise<boolean> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    if (text.includes("\u0000")) return false;
    if (/^(multipart\/form-data|application\/x-www-form-urlencoded)/i.test(type)) {
      await new Response(text, { headers: { "Content-Type": type } }).formData();
    }
    return true;
  } catch {
    return false;
  }
}

/** The same request, with a body that can be read once more. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const { method, url, headers, rawHeaders, httpVersion } = request;
  Object.assign(again, { method, url, headers, rawHeaders, httpVersion, complete: true });
  again.push(body);
  again.push(null);
  return again;
}

function contextOf(request: IncomingMessage, response: ServerResponse, target: Target | null): RequestContext {
  const { socket, headers, method = "GET", url = "" } = request;
  const isPrefetch =
    headers["next-router-prefetch"] !== undefined || /prefetch/.test(`${headers["sec-purpose"] ?? headers.purpose}`);

  return {
    requestId: requestIdOf({ socket: socket.remoteAddress, sent: headers["x-request-id"]?.toString() }),
    method,
    brings: method === "POST" || headers["next-router-state-tree"] !== undefined,
    path: target?.path ?? url.split(/[?#]/, 1)[0] ?? "",
    url: withoutRouterParameter(target?.url ?? url),
    original: originalOf(headers),
    // What somebody sends is never sent in case.
    isUse: method === "POST" || !isPrefetch,
    address: clientAddress({ socket: socket.remoteAddress, forwarded: headers["x-forwarded-for"]?.toString() }),
    gone: goneSignal(response),
    ending: null,
    justDone: null,
    status: null,
    retryAfter: null,
    refused: null,
    isReached: false,
  };
}

/** Aborted when the client leaves before it was answered: then nothing more needs to be worked out for it. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** What is left to do of a logout by this browser that met an outage, done now if that is possible. */
async function endingOf(
  request: IncomingMessage,
  { path, address: ipAddress }: RequestContext,
): Promise<RequestContext["ending"]> {
  // Only a page can say what came of it.
  if (!isDocument(request) || isFile(path)) return null;

  const { headers } = request;
  const pending = await unsealEnding(cookieOf(headers.cookie, endingCookieName()));
  if (!pending) return null;
  const by = { ipAddress, userAgent: headers["user-agent"] ?? null };
  return { state: (await finishEnding(pending, by)) ? "finished" : "pending", until: pending.until };
}

/** What this browser has just done, if the page that is asked for is the one that says so. Then it is said, and not again. */
async function justDoneOf(
  { headers }: IncomingMessage,
  { method, url, isUse }: RequestContext,
): Promise<string | null> {
  const cookie = cookieOf(headers.cookie, noticeCookieName());
  if (!cookie || method !== "GET" || !isUse) return null;

  const done = await unsealNotice(cookie);
  const [, query = ""] = url.split("?");
  return done !== null && new URLSearchParams(query).has(done) ? done : null;
}

/** Next.js asks for the parts of a page under the page's address and a parameter that tells them apart. */
function withoutRouterParameter(url: string): string {
  return url.replace(/([?&])_rsc=[^&]*(&|$)/, (_all, before, after) => (after ? before : "")).replace(/[?]$/, "");
}

/** The line that removes a cookie of this host. */
function removal({ name, path, secure }: ReturnType<typeof expiredEndingCookie>): string {
  return `${name}=; Path=${path}; Max-Age=0; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** What is true of a request that the server has found out. */
type Findings = {
  /** The policy of the page, if it is one: Next.js reads the nonce in it, and puts it on its scripts. */
  policy: string;
  /** Whether the session cookie's seal opened. */
  isOpened: boolean;
};

/**
 * Tells Next.js what is true of the request, whatever the client wrote: who it
 * is, and under which name it reached us. Next.js compares an action's origin
 * with that name, and fetches from it.
 */
function tellNext(
  { headers }: IncomingMessage,
  { address, path }: RequestContext,
  { policy, isOpened }: Findings,
): void {
  const own = env().APP_URL;
  keepHeaders(headers, isForSoftware(path) ? OF_SOFTWARE : OF_PAGES);
  headers.host = ownHost(headers.host ?? "") ?? own.host;
  // Also in place of the "null" that a page sends whose address is kept from everybody.
  if (headers.origin) headers.origin = `${own.protocol}//${headers.host}`;

  headers["x-forwarded-proto"] = own.protocol.slice(0, -1);
  headers["x-forwarded-for"] = address ?? "";

  headers["content-security-policy"] = policy;
  // The middleware has nothing to do for whoever has a cookie that opens, and no other: its matcher looks at this.
  if (isOpened && !hasLeftovers(headers.cookie ?? "")) headers[OPENED] = "1";
}

/** The header that spares a request the middleware. */
const OPENED = "x-latchkey-opened";

/** All that a route of the API may read of a request. */
const OF_SOFTWARE = [
  ...["host", "origin", "cookie", "accept", "user-agent", "content-type", "content-length"],
  ...["sec-fetch-mode", "sec-fetch-dest"],
];

/** The same of a page or a file: with what browsers say of caches, and what Next.js's own script in the browser asks. */
const OF_PAGES = [
  ...OF_SOFTWARE,
  ...["accept-encoding", "accept-language", "referer", "range", "if-range", "if-none-match", "if-modified-since"],
  ...["rsc", "next-action", "next-router-state-tree", "next-router-prefetch", "next-router-segment-prefetch"],
  ...["next-url", "next-hmr-refresh", "connection", "upgrade"],
  // By it a page tells a browser, which has to bring a cookie, from what else asks.
  "sec-fetch-site",
];

/**
 * Removes all other headers. Some are orders to Next.js, which anybody can write:
 * at `X-Middleware-Prefetch` it says 200 without asking page or route, and to a
 * proxy that asks for an application this would let anybody in.
 */
function keepHeaders(headers: IncomingMessage["headers"], kept: string[]): void {
  for (const name of Object.keys(headers)) if (!kept.includes(name)) delete headers[name];
}

/** Corrects an answer in the moment its head is sent, when all that was met on the way is known. */
function correctAnswer(
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
    // Whatever is not a file depends on who asks, and is nobody else's.
    // A page that a proxy rewrites on the way, such as Cloudflare does with email addresses, would not be ours when its scripts start.
    if (!isFile(context.path))
      response.setHeader("Cache-Control", isHtml(response) ? "no-store, no-transform" : "no-store");
    if (isPage(response)) response.setHeader("Content-Security-Policy", policy);
    dropSaidNotice(response);
    const due = dueStatus(status, context);
    if (context.retryAfter) response.setHeader("Retry-After", context.retryAfter);

    // A page that says itself what happened keeps its text; for one that broke we say it, and for a route that has none.
    isReplaced = ((status === 500 && due !== 500) || isWordless(response, due)) && isDocument(request);
    if (!isReplaced) return writeHead(due, ...rest);

    // What is set describes the page that broke: its length, its files, its cookies.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const retry = context.retryAfter && { "Retry-After": context.retryAfter };
    const headers = headersOfAll(context);
    const rejection = isRejection(due) ? due : 400;
    if (isForSoftware(context.path)) {
      writeHead(due, { ...headers, ...PROBLEM_HEADERS, ...retry });
      return end(due === 503 ? OUTAGE_PROBLEM : rejectionProblem(rejection));
    }
    writeHead(due, { ...headers, ...PLAIN_PAGE_HEADERS, ...retry });
    if (due === 403) return end(forbiddenPage(context));
    if (due === 503) return end(context.method === "POST" ? OUTAGE_PAGE_OF_FORM : OUTAGE_PAGE);
    return end(rejectionPage(rejection));
  }) as typeof response.writeHead;

  // Of a page that is replaced, nothing more is sent. Whether it is, the head decides.
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
 * An action that leads to another page brings that page along, which Next.js has
 * asked for by a request of its own. The notice was said in it, so its cookie is
 * not set any more: the next time the page is loaded, it would be said again.
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

/** The content type of a part of a page, for Next.js's own script. */
const RSC = "text/x-component";

/** The status that an answer gets: the one that the application asked for, or else that of Next.js. */
function dueStatus(status: number, context: RequestContext): number {
  if (context.status) return context.status;
  // What was sent broke Next.js, before the application had a look at it.
  return status === 500 && context.brings && !context.isReached ? 400 : status;
}

/** Whether this is a status that we have words for. */
function isRejection(status: number): status is Rejection {
  return status in REJECTIONS;
}

/** Whether an answer with this status says nothing, or the three words that Next.js has for a fault, where we know better. */
function isWordless(response: ServerResponse, status: number): boolean {
  const type = response.getHeader("Content-Type");
  return isRejection(status) && (type === undefined || (status === 500 && String(type).startsWith("text/plain")));
}

/** Whether it is a page that has no policy of its own. */
function isPage(response: ServerResponse): boolean {
  return isHtml(response) && !response.hasHeader("Content-Security-Policy");
}

function isHtml(response: ServerResponse): boolean {
  return String(response.getHeader("Content-Type")).startsWith("text/html");
}

/** Whether a browser asks for a page to show, and not the application's own script for a part of one. */
function isDocument({ headers }: IncomingMessage): boolean {
  return !headers.rsc && !headers["next-action"];
}

function forbiddenPage({ refused }: RequestContext): string {
  const who = refused
    ? `You are logged in as <bdi>${escaped(refused.name)}</bdi> (<bdi>${escaped(refused.email)}</bdi>), who is not one.`
    : "";
  return plainPage({ title: "This is for administrators", text: [who, '<a href="/dashboard">To the dashboard</a>'] });
}

const OUTAGE_PROBLEM = JSON.stringify({
  status: 503,
  title: "Unavailable",
  detail: "The database does not answer. Whether the session is valid is not known.",
});
