// Responds to data that never became a request: a head that cannot be parsed, is too
// large, or does not arrive in time.

import { type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { securityHeaders } from "@/lib/http/security-headers";

type Fault = Error & { code?: string };

/** The text for each status. */
const WORDS = {
  400: "This is not a request that can be read.",
  405: "That cannot be done with this address.",
  408: "The request did not arrive in time. Please try again.",
  413: "More was sent than any form of this site holds.",
  431: "The headers of this request are too large. Deleting the cookies of this site may help.",
} as const;

const STATUSES: Record<string, keyof typeof WORDS> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Makes a server respond with an explanation where Node.js would send a bare status, or nothing. */
export function answerUnreadable(server: Server): void {
  server.on("clientError", ({ code = "" }: Fault, socket) => {
    const { bytesRead = 0, _httpMessage: answer } = socket as typeof socket & {
      bytesRead?: number;
      /** The response in progress. Node.js also checks it before it writes a status of its own. */
      _httpMessage?: { headersSent: boolean };
    };
    // Without a request there is nothing to respond to. After a response has begun, more text would look like part of it.
    if (bytesRead === 0 || answer?.headersSent || !socket.writable) return void socket.destroy();
    refuse(socket, STATUSES[code] ?? 400);
  });
  server.on("connect", (_request, socket) => refuse(socket, 405));
  // Expectations other than 100-continue may be ignored (RFC 9110 §10.1.1).
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
}

function refuse(socket: Duplex, status: keyof typeof WORDS): void {
  const text = `${WORDS[status]}\n`;
  const headers = {
    ...securityHeaders(),
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    Connection: "close",
    ...(status === 405 && { Allow: "GET, HEAD, POST" }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on("error", () => {});
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", text].join("\r\n"), () => socket.destroy());
}
