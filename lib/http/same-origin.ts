import { env, isLoopback, LOOPBACKS } from "@/lib/env";

/**
 * Whether a page of this application made a request that changes something.
 *
 * Browsers tell in `Sec-Fetch-Site`, which no page can forge (W3C Fetch Metadata). Browsers that
 * are too old for it send an `Origin`. A request with neither is refused: the cookie alone does not
 * prove that the user meant it (CWE-352).
 */
export function isSameOrigin({ site, origin }: { site: string | undefined; origin: string | undefined }): boolean {
  return site === undefined ? origin !== undefined && isOwnOrigin(origin) : site === "same-origin";
}

/**
 * Whether an `Origin` is the application's own. Browsers write an origin in only one way (RFC 6454
 * §6.1), so a text comparison is enough. On this machine, localhost, 127.0.0.1 and [::1] are
 * equivalent.
 */
export function isOwnOrigin(origin: string): boolean {
  return ownHosts().some((host) => origin === `${env().APP_URL.protocol}//${host}`);
}

/**
 * The application's own host that a `Host` header stands for, as a browser would write it; null for
 * any other. A host has many spellings: capitals, a trailing dot, a default port.
 */
export function ownHost(host: string): string | null {
  const { protocol } = env().APP_URL;
  const [, name = "", port = ""] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+?)\.?(:\d*)?$/i.exec(host) ?? [];
  const url = `${protocol}//${name}${port}`;
  if (!name || !URL.canParse(url)) return null;
  return ownHosts().find((own) => own === new URL(url).host) ?? null;
}

/** The application's hosts, each with its port unless that is the default. */
function ownHosts(): string[] {
  const { host, hostname, port } = env().APP_URL;
  return isLoopback(hostname) ? LOOPBACKS.map((name) => (port ? `${name}:${port}` : name)) : [host];
}
