// Next.js would compress the scripts and styles of a page for every new visitor. The build has compressed them
// (server/compress.ts), and Next.js sends those files in place of the others.

import { existsSync, readdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import Negotiator from "negotiator";
import { isDevelopment } from "@/lib/env";

/** The types of the files that are compressed, by the end of their names. Next.js would take them from the new names. */
const TYPES: Record<string, string> = {
  ".js": "application/javascript; charset=UTF-8",
  ".css": "text/css; charset=UTF-8",
};

/** Encodings, the better one first, with the ends of the names of such files. */
const ENDINGS = { br: ".br", gzip: ".gz" };

/** Returns a function that points a request for a file of the build in `folder` at its compressed copy, if the client takes it. */
export function compressedFilesOf(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  const from = join(folder, "static");
  const files = isDevelopment() || !existsSync(from) ? [] : readdirSync(from, { recursive: true, encoding: "utf8" });
  const known = new Set(files.map((file) => `/_next/static/${file.replaceAll(sep, "/")}`));

  return (request, response) => {
    const path = String(request.url);
    const type = TYPES[extname(path)];
    if (!type || !known.has(path + ENDINGS.br)) return;

    const accepted = new Negotiator(request).encodings(Object.keys(ENDINGS));
    const found = Object.entries(ENDINGS).find(([encoding]) => accepted.includes(encoding));
    if (found) request.url = path + found[1];
    // The server ignores Range.
    const headers = { Vary: "Accept-Encoding", "Accept-Ranges": "none" };
    withHeaders(response, { ...headers, ...(found && { "Content-Encoding": found[0], "Content-Type": type }) });
  };
}

/** Adds headers to a response when its head is sent, unless it is an error, which is not that file. */
function withHeaders(response: ServerResponse, headers: Record<string, string>): void {
  const writeHead = response.writeHead.bind(response) as (status: number, ...rest: unknown[]) => ServerResponse;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    if (status < 400) for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return writeHead(status, ...rest);
  }) as typeof response.writeHead;
}
