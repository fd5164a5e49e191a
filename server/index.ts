// Starts and stops the HTTP server around Next.js. What it does with a request: request/handle.ts.

import cluster from "node:cluster";
import { createServer, type Server, ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import next from "next";
import { isOutage } from "@/lib/db";
import { env, isLoopback } from "@/lib/env";
import { deliverMails } from "@/lib/jobs/deliver-mail";
import { keepHourly } from "@/lib/jobs/hourly";
import { scheduleSweeps } from "@/lib/jobs/sweeps";
import { recordStartup } from "@/lib/ledger/store";
import { log, logConsole } from "@/lib/log";
import { newestSecretNumber } from "@/lib/session/cookie";
import { Streams } from "@/server/events/streams";
import { Management, serveManagement } from "@/server/health/endpoints";
import { healthOfProcess, healthOfWorker } from "@/server/health/status";
import { handleWith } from "@/server/request/handle";
import { listen, serverOf } from "./listen";

/** What is being answered, and the mails that are being sent, have this long to finish, in milliseconds. */
const DRAIN = 8000;

/**
 * How long an unused connection is kept, in milliseconds: longer than load balancers
 * keep theirs (60 s). The side that closes one first loses what the other has just
 * sent on it.
 */
const KEPT_ALIVE = 65_000;

/**
 * Serves the built application, or with `dev` the sources, on `PORT`.
 * Comes back when it answers; `close` stops it without cutting a request, after
 * it has said for `DRAIN_DELAY` that it is not ready.
 * Throws a UserError when it cannot have the port.
 */
export async function serve({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  Object.assign(process.env, { NODE_ENV: dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
  const { PORT, DRAIN_DELAY, APP_URL } = env();
  let isDraining = false;
  const server = serverOf((request, response) => {
    // So that a proxy does not send its next request on a connection that is about to be closed.
    if (isDraining) response.shouldKeepAlive = false;
    return answer(request, response);
  });
  server.keepAliveTimeout = KEPT_ALIVE;
  // Nothing here speaks another protocol, except for the development server's reloading.
  const upgrades = createServer();
  const upgraded = dev ? takeReloading(server, upgrades) : new Set<Duplex>();
  const app = next({ dev, port: PORT, hostname: APP_URL.hostname, httpServer: upgrades });
  await app.prepare();
  const streams = new Streams();
  const management = new Management(cluster.isWorker ? healthOfWorker() : healthOfProcess());
  const answer = handleWith(app.getRequestHandler(), streams, management);

  // What calls itself localhost is for this machine only, under both its names.
  const isLocal = isLoopback(APP_URL.hostname);
  await listen(server, { port: PORT, ...(isLocal && { host: "127.0.0.1" }) });
  const second = createTcpServer((socket) => server.emit("connection", socket));
  if (isLocal) await listen(second, { port: PORT, host: "::1" }).catch(ignoreMissingAddress);
  // Of several processes, the first answers there.
  const stopManaging = cluster.isWorker ? () => {} : await serveManagement(management);
  // What Next.js prints of a fault is for the log. Who works on the sources reads it as it is.
  const giveBackConsole = dev ? () => {} : logConsole();
  // Also the sign by which the tests know that everything is logged.
  log().trace({ port: PORT, managementPort: env().MANAGEMENT_PORT }, "listening");
  const stopSweeping = scheduleSweeps();
  const stopDelivering = deliverMails();
  const stopCounting = keepHourly();
  // Without a database it starts all the same, and says 503 until there is one.
  await recordStartup(await newestSecretNumber()).catch((error) => {
    if (!isOutage(error)) throw error;
    log().warn("The database does not answer. Until it does, nobody can be recognised.");
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
      // A mail that takes longer is due again later.
      await Promise.all([drain(server, second), Promise.race([delivered, pause(DRAIN)])]);
      await app.close();
      stopManaging();
      giveBackConsole();
    },
  };
}

/**
 * Hands the sockets by which the development server reloads pages on to
 * `upgrades`, and comes back with them: they would keep the server from closing.
 *
 * Next.js listens for upgrades on the server that it is given, and Node keeps
 * each request that offers one from a server that listens. Everything else is
 * answered over HTTP/1.1, as if nothing had been offered (RFC 9110 §7.8). In
 * production nothing listens, and Node does so by itself.
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
    // Node's parser has let go of this connection.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    server.emit("request", request, response);
  });
  return sockets;
}

/** A machine without IPv6 has no ::1, and needs none. */
function ignoreMissingAddress(error: NodeJS.ErrnoException): void {
  if (error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT") throw error;
}

/** Stops accepting, lets what is being answered finish, and closes each connection as it falls idle. */
async function drain(server: Server, second: TcpServer): Promise<void> {
  // Directly after those that wait have been accepted: the system cuts off who still waits when the port is closed.
  await turn();
  const closed = Promise.all([server, second].map((one) => new Promise((resolve) => one.close(resolve))));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}
