// The HTTP server around Next.js. It does what neither a page nor the
// middleware can: see the client's address, refuse a forged request before
// anything reads it, and answer 503 for whatever met an outage.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import next from "next";
import type { RequestHandler } from "next/dist/server/next";
import { env, isLoopback } from "@/lib/env";
import { type RequestContext, withRequestContext } from "@/lib/http/context";
import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { isOwnOrigin, isSameOrigin } from "@/lib/http/same-origin";
import { securityHeaders } from "@/lib/http/security-headers";
import { Refusal } from "./console";

/** Seconds after which to ask again, when the database is away. */
const RETRY_AFTER = 5;

/** Requests in flight have this long to finish, in milliseconds. */
const DRAIN = 4000;

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Serves the built application, or with `dev` the sources, on `PORT`.
 * Comes back when it answers; `close` stops it without cutting a request.
 * Throws a Refusal when it cannot have the port.
 */
export async function serve({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  const { PORT, APP_URL } = env();
  const server = createServer((request, response) => void respond(request, response, answer));
  const app = next({ dev, port: PORT, hostname: APP_URL.hostname, httpServer: server });
  await app.prepare();
  const answer = app.getRequestHandler();

  // What calls itself localhost is for this machine only, under both its names.
  const isLocal = isLoopback(APP_URL.hostname);
  await listen(server, { host: isLocal ? "127.0.0.1" : "::", port: PORT });
  const second = createTcpServer((socket) => server.emit("connection", socket));
  if (isLocal) await listen(second, { host: "::1", port: PORT }).catch(ignoreMissingAddress);

  return {
    async close() {
      await drain(server, second);
      await app.close();
    },
  };
}

/** Throws a Refusal when the port cannot be had: better now than after a build. */
export async function requirePort(port: number): Promise<void> {
  const probe = createTcpServer();
  await listen(probe, { host: "127.0.0.1", port });
  await new Promise((resolve) => probe.close(resolve));
}

async function respond(request: IncomingMessage, response: ServerResponse, answer: RequestHandler): Promise<void> {
  const context: RequestContext = {
    url: request.url ?? "/",
    address: plainAddress(request.socket.remoteAddress),
    unavailable: false,
  };

  for (const [name, value] of Object.entries(securityHeaders())) response.setHeader(name, value);

  if (!SAFE.has(request.method ?? "") && !isOwn(request)) {
    return sendPage(response, 403, {
      title: "This was not sent by Latchkey",
      text: [
        "A form was sent here from somewhere else, or by something that does not say where from. Nothing was changed.",
        'If you did this yourself, <a href="/">start from the front page</a>.',
      ],
    });
  }

  asSeenHere(request, context);
  watchAnswer(request, response, context);
  await withRequestContext(context, () => answer(request, response));
}

function isOwn({ headers }: IncomingMessage): boolean {
  return isSameOrigin({ site: headers["sec-fetch-site"]?.toString(), origin: headers.origin });
}

/**
 * Tells Next.js what is true of the request, whatever the client wrote: who it
 * is, and under which name it reached us. Next.js compares an action's origin
 * with that name, and fetches from it.
 */
function asSeenHere({ headers }: IncomingMessage, { address }: RequestContext): void {
  const own = env().APP_URL;
  if (!isOwnOrigin(`${own.protocol}//${headers.host}`)) headers.host = own.host;
  if (headers.origin && headers.origin !== "null") headers.origin = `${own.protocol}//${headers.host}`;

  delete headers["x-forwarded-host"];
  delete headers["x-forwarded-port"];
  headers["x-forwarded-proto"] = own.protocol.slice(0, -1);
  headers["x-forwarded-for"] = address ?? "";
}

/** Corrects an answer in the moment its head is sent, when all that was met on the way is known. */
function watchAnswer(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
  const writeHead = response.writeHead.bind(response) as (status: number, ...rest: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  let isReplaced = false;

  response.writeHead = ((status: number, ...rest: unknown[]) => {
    // Whatever is not a file depends on who asks, and is nobody else's.
    if (!isFile(context.url)) response.setHeader("Cache-Control", "no-store");
    if (!context.unavailable) return writeHead(status, ...rest);

    response.setHeader("Retry-After", RETRY_AFTER);
    // A page that says so itself keeps its text; for one that broke we say it.
    isReplaced = status === 500 && isDocument(request);
    if (!isReplaced) return writeHead(503, ...rest);

    // What is set describes the page that broke: its length, its files, its cookies.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    writeHead(503, { ...securityHeaders(), ...PLAIN_PAGE_HEADERS, "Retry-After": RETRY_AFTER });
    return end(OUTAGE_PAGE);
  }) as typeof response.writeHead;

  // Of a page that is replaced, nothing more is sent. Whether it is, the head decides.
  const isWanted = () => {
    if (context.unavailable && !response.headersSent) response.writeHead(response.statusCode);
    return !isReplaced;
  };
  response.write = ((...args: unknown[]) => !isWanted() || write(...args)) as typeof response.write;
  response.end = ((...args: unknown[]) => (isWanted() ? end(...args) : response)) as typeof response.end;
}

/** Built files: their names change with what is in them. */
function isFile(url: string): boolean {
  return /^\/(_next\/static\/|icon\.svg)/.test(url);
}

/** Whether a browser asks for a page to show, and not the application's own script for a part of one. */
function isDocument({ headers }: IncomingMessage): boolean {
  return !headers.rsc && !headers["next-action"];
}

const OUTAGE_PAGE = plainPage({
  title: "One moment, please",
  text: [
    "The database does not answer, so nobody can be recognised just now. If you were logged in, you still are.",
    "This page tries again by itself.",
  ],
  retry: RETRY_AFTER,
});

function sendPage(response: ServerResponse, status: number, page: Parameters<typeof plainPage>[0]): void {
  response.writeHead(status, { ...PLAIN_PAGE_HEADERS, ...(page.retry && { "Retry-After": page.retry }) });
  response.end(plainPage(page));
}

/** An IPv4 address that came over an IPv6 socket, as IPv4. */
function plainAddress(address: string | undefined): string | null {
  return address?.replace(/^::ffff:/, "") ?? null;
}

async function listen(server: TcpServer, where: { host: string; port: number }): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(where, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new Refusal(
        `Port ${where.port} is in use by another program. Choose another: PORT=${where.port + 1} npm start`,
      );
    if (code === "EACCES")
      throw new Refusal(
        `Port ${where.port} needs more rights than you have. Choose one above 1023: PORT=3000 npm start`,
      );
    throw error;
  }
}

/** A machine without IPv6 has no ::1, and needs none. */
function ignoreMissingAddress(error: NodeJS.ErrnoException): void {
  if (error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT") throw error;
}

/** Stops accepting, lets what is being answered finish, and closes each connection as it falls idle. */
async function drain(server: Server, second: TcpServer): Promise<void> {
  const closed = Promise.all([server, second].map((one) => new Promise((resolve) => one.close(resolve))));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}
