// Next.js would compress the scripts and styles of a page for every new visitor, in more time than the page takes. The
// build has compressed them (server/compress.ts), and Next.js sends those files in place of the others.

import { existsSync, readdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import Negotiator from "negotiator";

const STATIC = "/_next/static/";

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
  const files = existsSync(from) ? readdirSync(from, { recursive: true, encoding: "utf8" }) : [];
  const known = new Set(files.map((file) => STATIC + file.replaceAll(sep, "/")));

  return (request, response) => {
    const path = String(request.url);
    const type = path.startsWith(STATIC) && TYPES[extname(path)];
    if (!type || !known.has(path + ENDINGS.br)) return;

    response.setHeader("Vary", "Accept-Encoding");
    const accepted = new Negotiator(request).encodings(Object.keys(ENDINGS));
    const found = Object.entries(ENDINGS).find(([encoding]) => accepted.includes(encoding));
    if (!found) return;
    request.url = path + found[1];
    response.setHeader("Content-Encoding", found[0]);
    response.setHeader("Content-Type", type);
  };
}
