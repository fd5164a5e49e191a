import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { UserError } from "@/lib/terminal";
import { answerUnreadable } from "./unreadable";

/**
 * How long a request's head, and the whole request, may take to arrive, in milliseconds.
 * A body has at most 64 kB, so Node.js's defaults of 60 s and 300 s are too generous. Late
 * connections are noticed up to two seconds later, at the next check.
 */
export const PATIENCE = { headersTimeout: 15_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };

/** Creates a server that handles requests with `answer`. When `answer` throws, the connection is closed. */
export function serverOf(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  patience = PATIENCE,
): Server {
  // We reject a request without `Host` ourselves, with our text.
  const server = createServer({ ...patience, requireHostHeader: false }, (request, response) => {
    answer(request, response).catch((error) => {
      // The request is incomplete: the client has disconnected, or was too slow and has received a 408.
      if (!request.complete && request.destroyed) return;
      log().error({ err: error }, "A request failed");
      response.destroy();
    });
  });
  // No limit on their number: Node.js would drop the last headers, which a proxy has added. The head is limited to 16 kB.
  server.maxHeadersCount = 0;
  answerUnreadable(server);
  return server;
}

/** Resolves when the server listens. Throws a UserError when the port is not available. */
export async function listen(server: TcpServer, where: { port: number; host?: string }): Promise<void> {
  try {
    // The error listener stays: accepting a connection may fail at any time, and an unhandled error ends the process.
    await new Promise<void>((resolve, reject) => server.on("error", reject).listen(where, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new UserError(
        `Port ${where.port} is used by another program. Choose another one: ${settingOf(where.port)}=${where.port + 1} npm start`,
      );
    if (code === "EACCES")
      throw new UserError(
        `You are not allowed to use port ${where.port}. Choose a port above 1023: ${settingOf(where.port)}=3000 npm start`,
      );
    throw error;
  }
}

/** Throws a UserError when the port is not available, so that the user learns it before a long build. */
export async function requirePort(port: number): Promise<void> {
  const probe = createTcpServer();
  await listen(probe, { port, host: "127.0.0.1" });
  await new Promise((resolve) => probe.close(resolve));
}

/** The name of the setting for this port. */
function settingOf(port: number): string {
  return port === env().MANAGEMENT_PORT ? "MANAGEMENT_PORT" : "PORT";
}
