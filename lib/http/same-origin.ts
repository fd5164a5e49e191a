import { env, isLoopback, LOOPBACKS } from "@/lib/env";

/**
 * Whether a request that changes something was made by a page of this application.
 *
 * A browser says so in `Sec-Fetch-Site`, which no page can forge (W3C Fetch
 * Metadata); one too old for that sends an `Origin`. Who sends neither is
 * refused: the cookie alone is no proof that the person meant it (CWE-352).
 */
export function isSameOrigin({ site, origin }: { site: string | undefined; origin: string | undefined }): boolean {
  return site === undefined ? origin !== undefined && isOwnOrigin(origin) : site === "same-origin";
}

/**
 * Whether an `Origin` is the application's own. A browser writes an origin in one
 * way only (RFC 6454 §6.1), so it is compared as a text. On this machine
 * localhost, 127.0.0.1 and [::1] are one place.
 */
export function isOwnOrigin(origin: string): boolean {
  return ownHosts().some((host) => origin === `${env().APP_URL.protocol}//${host}`);
}

/**
 * Which of the application's own names a `Host` header means, as a browser would
 * write it; null for any other. A host has many spellings: capitals, a dot at its
 * end, a port that needs no saying.
 */
export function ownHost(host: string): string | null {
  const { protocol } = env().APP_URL;
  const [, name = "", port = ""] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+?)\.?(:\d*)?$/i.exec(host) ?? [];
  const url = `${protocol}//${name}${port}`;
  if (!name || !URL.canParse(url)) return null;
  return ownHosts().find((own) => own === new URL(url).host) ?? null;
}

/** The application's hosts, each with its port where that is not the usual one. */
function ownHosts(): string[] {
  const { host, hostname, port } = env().APP_URL;
  return isLoopback(hostname) ? LOOPBACKS.map((name) => (port ? `${name}:${port}` : name)) : [host];
}
