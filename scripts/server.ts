// Starts and stops the HTTP server around Next.js. What it does with a request: answer.ts.

import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import next from "next";
import { isOutage } from "@/lib/db";
import { env, isLoopback } from "@/lib/env";
import { keepHourly } from "@/lib/ledger/hourly";
import { recordStartup } from "@/lib/ledger/store";
import { log, logConsole } from "@/lib/log";
import { deliverMails } from "@/lib/mail/deliver";
import { newestSecretNumber } from "@/lib/session/cookie";
import { scheduleSweeps } from "@/lib/sweeps";
import { answerWith } from "./answer";
import { Refusal } from "./console";
import { Live } from "./live";
import { Management } from "./management";

/** What is being answered, and the mails that are being sent, have this long to finish, in milliseconds. */
const DRAIN = 8000;

/**
 * Serves the built application, or with `dev` the sources, on `PORT`.
 * Comes back when it answers; `close` stops it without cutting a request, after
 * it has said for `DRAIN_DELAY` that it is not ready.
 * Throws a Refusal when it cannot have the port.
 */
export async function serve({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  Object.assign(process.env, { NODE_ENV: dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
  const { PORT, MANAGEMENT_PORT, DRAIN_DELAY, APP_URL } = env();
  const server = createServer((request, response) => giveUpIfBroken(answer(request, response), response));
  // Nothing here speaks another protocol, except for the development server's
  // reloading, whose sockets would keep the server from closing.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (_request, socket) => (dev ? upgraded.add(socket) : socket.destroy()));
  const app = next({ dev, port: PORT, hostname: APP_URL.hostname, ...(dev && { httpServer: server }) });
  await app.prepare();
  const live = new Live();
  const management = new Management();
  const answer = answerWith(app.getRequestHandler(), live, management);

  // What calls itself localhost is for this machine only, under both its names.
  const isLocal = isLoopback(APP_URL.hostname);
  await listen(server, { port: PORT, ...(isLocal && { host: "127.0.0.1" }) });
  const second = createTcpServer((socket) => server.emit("connection", socket));
  if (isLocal) await listen(second, { port: PORT, host: "::1" }).catch(ignoreMissingAddress);
  const third = createServer((request, response) => giveUpIfBroken(management.answer(request, response), response));
  if (MANAGEMENT_PORT) await listen(third, { port: MANAGEMENT_PORT, ...(isLocal && { host: "127.0.0.1" }) });
  // What Next.js prints of a fault is for the log. Who works on the sources reads it as it is.
  const giveBackConsole = dev ? () => {} : logConsole();
  // Also the sign by which the tests know that everything is logged.
  log().trace({ port: PORT, managementPort: MANAGEMENT_PORT }, "listening");
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
      await pause(DRAIN_DELAY);
      stopSweeping();
      live.close();
      for (const socket of upgraded) socket.destroy();
      const delivered = Promise.all([stopDelivering(), stopCounting()]);
      // A mail that takes longer is due again later.
      await Promise.all([drain(server, second), Promise.race([delivered, pause(DRAIN)])]);
      await app.close();
      third.close();
      third.closeAllConnections();
      giveBackConsole();
    },
  };
}

/** Throws a Refusal when the port cannot be had: better now than after a build. */
export async function requirePort(port: number): Promise<void> {
  const probe = createTcpServer();
  await listen(probe, { port, host: "127.0.0.1" });
  await new Promise((resolve) => probe.close(resolve));
}

/** Closes the connection of an answer that broke, half-way perhaps. */
function giveUpIfBroken(answer: Promise<void>, response: ServerResponse): void {
  answer.catch((error) => {
    log().error({ err: error }, "A request could not be answered");
    response.destroy();
  });
}

async function listen(server: TcpServer, where: { port: number; host?: string }): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(where, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new Refusal(
        `Port ${where.port} is in use by another program. Choose another: ${settingOf(where.port)}=${where.port + 1} npm start`,
      );
    if (code === "EACCES")
      throw new Refusal(
        `Port ${where.port} needs more rights than you have. Choose one above 1023: ${settingOf(where.port)}=3000 npm start`,
      );
    throw error;
  }
}

/** The setting that says which port this is. */
function settingOf(port: number): string {
  return port === env().MANAGEMENT_PORT ? "MANAGEMENT_PORT" : "PORT";
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
