import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { UserError } from "@/lib/terminal";
import { answerUnreadable } from "./unreadable";

/**
 * How long a request may take to arrive, in milliseconds: its head, and the whole of it,
 * of which 64 kB are read. Node.js would wait for 60 s and for 300 s. Connections are
 * checked every two seconds, so a late one may be noticed that much later.
 */
export const PATIENCE = { headersTimeout: 15_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };

/** A server that answers with `answer`. When that fails, perhaps half-way, the connection is closed. */
export function serverOf(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  patience = PATIENCE,
): Server {
  // A request without a `Host` is refused in our words.
  const server = createServer({ ...patience, requireHostHeader: false }, (request, response) => {
    answer(request, response).catch((error) => {
      // It did not arrive whole: the client is gone, or was too slow and has been told.
      if (!request.complete && request.destroyed) return;
      log().error({ err: error }, "A request could not be answered");
      response.destroy();
    });
  });
  // What was left out of a long head would be what a proxy has added at its end. 16 kB are the limit.
  server.maxHeadersCount = 0;
  answerUnreadable(server);
  return server;
}

/** Comes back when the server listens. Throws a UserError when it cannot have the port. */
export async function listen(server: TcpServer, where: { port: number; host?: string }): Promise<void> {
  try {
    // For good: the system may refuse a connection at any time, and an error that nothing listens to ends the process.
    await new Promise<void>((resolve, reject) => server.on("error", reject).listen(where, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new UserError(
        `Port ${where.port} is in use by another program. Choose another: ${settingOf(where.port)}=${where.port + 1} npm start`,
      );
    if (code === "EACCES")
      throw new UserError(
        `Port ${where.port} needs more rights than you have. Choose one above 1023: ${settingOf(where.port)}=3000 npm start`,
      );
    throw error;
  }
}

/** Throws a UserError when the port is not available: better now than after a build. */
export async function requirePort(port: number): Promise<void> {
  const probe = createTcpServer();
  await listen(probe, { port, host: "127.0.0.1" });
  await new Promise((resolve) => probe.close(resolve));
}

/** The setting that says which port this is. */
function settingOf(port: number): string {
  return port === env().MANAGEMENT_PORT ? "MANAGEMENT_PORT" : "PORT";
}
