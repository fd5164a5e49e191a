import type { IncomingHttpHeaders } from "node:http";

/** Takes the cookies of an answer into a jar, as browsers do. */
export function takeCookies(jar: Map<string, string>, { headers }: { headers: IncomingHttpHeaders }): void {
  for (const line of headers["set-cookie"] ?? []) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/; Max-Age=0/.test(line)) jar.delete(name);
    else jar.set(name, value);
  }
}

/** A jar as a `Cookie` header. */
export function cookieHeader(jar: Map<string, string>): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
}
