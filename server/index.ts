// Starts and stops the HTTP server around Next.js. request/handle.ts handles its requests.

import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { createServer, type Server, ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { brandLogo } from "@/lib/brand";
import { isOutage } from "@/lib/db";
import { env, isLoopback } from "@/lib/env";
import { openGeoFile } from "@/lib/http/geo-file";
import { deliverMails } from "@/lib/jobs/deliver-mail";
import { keepHourly } from "@/lib/jobs/hourly";
import { scheduleSweeps } from "@/lib/jobs/sweeps";
import { recordStartup } from "@/lib/ledger/store";
import { log, logConsole } from "@/lib/log";
import { isAboutRestored, RESTORED } from "@/lib/origin";
import { newestSecretNumber } from "@/lib/session/cookie";
import { openSessionStore } from "@/lib/session/store";
import { refusalOfStore } from "@/lib/session/store/limits";
import { startSessionStore } from "@/lib/session/store/redis/start";
import { UserError } from "@/lib/terminal";
import { Streams } from "@/server/events/streams";
import { Management, serveManagement } from "@/server/health/endpoints";
import { healthOfProcess, healthOfWorker } from "@/server/health/status";
import { handleWith } from "@/server/request/handle";
import { listen, serverOf } from "./listen";

/** How long requests and emails in progress may take to finish when the server stops, in milliseconds. */
const DRAIN = 8000;

/**
 * How long an idle connection stays open, in milliseconds. Load balancers close theirs
 * after 60 s, and must close first: if the server did, it could lose a request that the
 * load balancer has just sent.
 */
const KEPT_ALIVE = 65_000;

/**
 * Serves the built application on `PORT`, or the sources with `dev`.
 *
 * Resolves once the server accepts requests. `close` reports "not ready" for
 * `DRAIN_DELAY`, then lets open requests finish and stops.
 * Throws a UserError when the port is not available.
 */
export async function serve({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  Object.assign(process.env, { NODE_ENV: dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
  // Compiles only those functions of Prisma's WebAssembly that are used. It saves 16 MB and a quarter of a second.
  setFlagsFromString("--wasm-lazy-compilation");
  // Collects garbage before the heap is half as large again as the memory in use. By default, on a machine with much memory,
  // it may grow to four times that: docs/performance.md has the figures.
  setFlagsFromString("--heap-growing-percent=50");
  const { PORT, DRAIN_DELAY, APP_URL, DEMO_FILE } = env();
  // Only an embedded database has a file with a demo account.
  const refusal = refusalOfStore(env(), { isForOneself: dev || DEMO_FILE !== undefined });
  if (refusal) throw new UserError(refusal);
  const closeSessionStore = openSessionStore();
  // Reports an unusable logo now, instead of failing on the first page.
  brandLogo();
  await startSessionStore();
  const closeGeoFile = await openGeoFile();
  let isDraining = false;
  const server = serverOf((request, response) => {
    // Keeps a proxy from sending its next request on a connection that is about to close.
    if (isDraining) response.shouldKeepAlive = false;
    return answer(request, response);
  });
  server.keepAliveTimeout = KEPT_ALIVE;
  // Only the development server's reloading upgrades connections.
  const upgrades = createServer();
  const upgraded = dev ? takeReloading(server, upgrades) : new Set<Duplex>();
  if (!dev) takeSavedSettings();
  // Loaded here, because the compiled file is also that of a primary process, which serves no pages.
  const { default: next } = await import("next");
  const app = next({ dev, port: PORT, hostname: APP_URL.hostname, httpServer: upgrades });
  await withoutOutput(() => app.prepare());
  const streams = new Streams();
  const management = new Management(cluster.isWorker ? healthOfWorker() : healthOfProcess());
  const answer = handleWith(app.getRequestHandler(), streams, management);

  // An application at localhost is for this machine only, over IPv4 and IPv6.
  const isLocal = isLoopback(APP_URL.hostname);
  await listen(server, { port: PORT, ...(isLocal && { host: "127.0.0.1" }) });
  const second = createTcpServer((socket) => server.emit("connection", socket));
  if (isLocal) await listen(second, { port: PORT, host: "::1" }).catch(ignoreMissingAddress);
  // With several processes, the primary serves the management port.
  const stopManaging = cluster.isWorker ? () => {} : await serveManagement(management);
  // Errors that Next.js prints go to the log. Developers see them unchanged.
  const giveBackConsole = dev ? () => {} : logConsole();
  // Tests also wait for this line: from here on, everything is logged.
  log().trace({ port: PORT, managementPort: env().MANAGEMENT_PORT }, "listening");
  const stopSweeping = scheduleSweeps();
  const stopDelivering = deliverMails();
  const stopCounting = keepHourly();
  // Without a database the server starts anyway, and responds with 503 until there is one.
  await recordStartup(await newestSecretNumber()).catch((error) => {
    if (!isOutage(error)) throw error;
    if (isAboutRestored(error)) return log().error(RESTORED);
    log().warn("The database does not respond. Until it does, every page that needs a session responds with 503.");
  });

  return {
    async close() {
      management.drain();
      isDraining = true;
      await pause(DRAIN_DELAY);
      stopSweeping();
      streams.close();
      for (const socket of upgraded) socket.destroy();
      const delivered = Promise.all([stopDelivering(), stopCounting()]);
      // An email that takes longer is sent again later.
      await Promise.all([drain(server, second), Promise.race([delivered, pause(DRAIN)])]);
      await closeSessionStore().catch((error) => log().error({ err: error }, "Sessions ended without their entries"));
      await app.close();
      closeGeoFile();
      stopManaging();
      giveBackConsole();
    },
  };
}

/** Runs `work` without what it prints with `console.log`: Next.js says there how long it took to read its settings. */
async function withoutOutput(work: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => {};
  try {
    await work();
  } finally {
    console.log = log;
  }
}

/** Next.js would load its build tools to read its settings. The build has saved them. */
function takeSavedSettings(): void {
  const distDir = process.env.BUILD_DIR || ".next";
  const { config } = JSON.parse(readFileSync(`${distDir}/required-server-files.json`, "utf8"));
  // The folder may have been copied or moved since.
  process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = JSON.stringify({ ...config, distDir });
}

/**
 * Passes the development server's reloading sockets to `upgrades`.
 * Returns them, because open sockets would keep the server from closing.
 *
 * When a server listens for upgrades, Node.js hands it every request that offers
 * one. All others are handled over HTTP/1.1, as if no upgrade had been offered
 * (RFC 9110 §7.8). In production nothing listens, so Node.js ignores the offer itself.
 */
function takeReloading(server: Server, upgrades: Server): Set<Duplex> {
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    if (request.url?.startsWith("/_next/")) {
      sockets.add(socket);
      upgrades.emit("upgrade", request, socket, head);
      return;
    }
    const response = new ServerResponse(request);
    response.assignSocket(request.socket);
    // Node.js's parser is detached, so the connection cannot carry another request.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    server.emit("request", request, response);
  });
  return sockets;
}

/** Ignores the error of a machine without IPv6, which has no ::1. */
function ignoreMissingAddress(error: NodeJS.ErrnoException): void {
  if (error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT") throw error;
}

/** Stops accepting connections, lets open requests finish, and closes connections as they become idle. */
async function drain(server: Server, second: TcpServer): Promise<void> {
  // Accept the waiting connections first: closing the port makes the system reset them.
  await turn();
  const closed = Promise.all([server, second].map((one) => new Promise((resolve) => one.close(resolve))));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}
