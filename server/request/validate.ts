// Validates a request before anything reads it. Forged, misdirected, malformed and
// oversized requests go no further.

import { IncomingMessage } from "node:http";
import { env, isDevelopment, isLoopback } from "@/lib/env";
import { isSameOrigin, ownHost } from "@/lib/http/same-origin";
import { isFile, isInternal, type Target } from "@/lib/http/target";
import { ownCookies } from "@/lib/session/cookie";
import type { Rejection } from "./reject";

/** The maximum size of a request body, in bytes. */
const LARGEST_BODY = 64 * 1024;

const METHODS = ["GET", "HEAD", "POST"];

/** Returns the request, ready for Next.js, or the status to reject it with. */
export async function validate(
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
  // The development server uses these paths.
  if (isInternal(target.path) && !isDevelopment()) return { rejection: 404 };
  if (method !== "POST") return { request };
  if (isFile(target.path)) return { rejection: 405 };

  const body = await readBody(request);
  if (!body) return { rejection: 413 };
  if (!(await isReadable(body, headers["content-type"]))) return { rejection: 400 };
  return { request: withBody(request, body) };
}

/** Normalises the target and the cookies of a request for everything that reads them afterwards. */
export function straighten(request: IncomingMessage, { url, host }: Target): void {
  const { headers } = request;
  request.url = url;
  if (host !== null) headers.host = host;
  const cookies = ownCookies(headers.cookie);
  if (cookies) headers.cookie = cookies;
  else delete headers.cookie;
}

/** Whether a request names its host exactly once, as HTTP/1.1 requires (RFC 9112 §3.2). */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  const count = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  return count === 1 || (count === 0 && httpVersion === "1.0");
}

/**
 * Whether a request to localhost uses another host name.
 *
 * Then a foreign page may have made it, and could read the response (DNS rebinding). A
 * public address is not checked: the proxy in front of it may use a host name of its own.
 */
function isMisdirected({ headers: { host } }: IncomingMessage): boolean {
  // Browsers always send `Host`.
  return isLoopback(env().APP_URL.hostname) && host !== undefined && ownHost(host) === null;
}

/** Reads the body. Returns null when it is too large; the rest then stays unread. */
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

/** Whether a body is valid text, and a valid form if its type says so. Next.js would respond with 500 otherwise. */
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

/** The same request, with a body that can be read again. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const { method, url, headers, rawHeaders, httpVersion } = request;
  Object.assign(again, { method, url, headers, rawHeaders, httpVersion, complete: true });
  again.push(body);
  again.push(null);
  return again;
}
