import type { IncomingHttpHeaders } from "node:http";

/**
 * What a proxy was asked for, when it asks here whether that may be
 * (`X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`). As it came: nobody has looked at it.
 *
 * Anybody may write these headers. They decide nothing but what is said in return
 * to who wrote them: whether the session that they brought would be let in there.
 */
export type Original = {
  method: string;
  protocol: string;
  host: string;
  uri: string;
  /** What the client asks the application to take the method and the address for: some do. */
  otherMethods: string[];
  otherUris: string[];
};

const OTHER_METHODS = ["x-http-method-override", "x-http-method", "x-method-override"];
const OTHER_URIS = ["x-original-url", "x-rewrite-url"];

/** The original request that these headers tell of, or null when they tell of none. */
export function originalOf(headers: IncomingHttpHeaders): Original | null {
  const of = (name: string) => headers[`x-forwarded-${name}`]?.toString() ?? "";
  const original = {
    method: of("method"),
    protocol: of("proto"),
    host: of("host"),
    uri: of("uri"),
    otherMethods: OTHER_METHODS.flatMap((name) => headers[name]?.toString().split(",") ?? []),
    // A proxy may have written the whole address.
    otherUris: OTHER_URIS.flatMap((name) => headers[name]?.toString().replace(/^https?:\/\/[^/]*/i, "") ?? []),
  };
  return original.host && original.uri ? original : null;
}

/** Its address, for a browser to come back to. */
export function addressOf({ protocol, host, uri }: Original): string {
  return `${protocol}://${host}${uri}`;
}

/** Whether the original request only looks at something. */
export function isView({ method }: Original): boolean {
  return method === "GET" || method === "HEAD";
}
