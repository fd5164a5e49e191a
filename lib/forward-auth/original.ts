import type { IncomingHttpHeaders } from "node:http";

/**
 * The request that a proxy asks about (`X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`),
 * unchecked.
 *
 * Any client can write these headers. They decide only what we tell that client: whether its own
 * session would be allowed there.
 */
export type Original = {
  method: string;
  protocol: string;
  host: string;
  uri: string;
  /** Methods and addresses that the client asks the application to use instead; some applications do. */
  otherMethods: string[];
  otherUris: string[];
};

const OTHER_METHODS = ["x-http-method-override", "x-http-method", "x-method-override"];
const OTHER_URIS = ["x-original-url", "x-rewrite-url"];

/** The original request that these headers describe, or null if they describe none. */
export function originalOf(headers: IncomingHttpHeaders): Original | null {
  const of = (name: string) => headers[`x-forwarded-${name}`]?.toString() ?? "";
  const original = {
    method: of("method"),
    protocol: of("proto"),
    host: of("host"),
    uri: of("uri"),
    otherMethods: OTHER_METHODS.flatMap((name) => headers[name]?.toString().split(",") ?? []),
    // The header may contain a full URL.
    otherUris: OTHER_URIS.flatMap((name) => headers[name]?.toString().replace(/^https?:\/\/[^/]*/i, "") ?? []),
  };
  return original.host && original.uri ? original : null;
}

/** The URL of the original request, for a browser to return to. */
export function addressOf({ protocol, host, uri }: Original): string {
  return `${protocol}://${host}${uri}`;
}

/** Whether the original request only reads. */
export function isView({ method }: Original): boolean {
  return method === "GET" || method === "HEAD";
}
