import { env, isLoopback } from "@/lib/env";

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

/** Whether an `Origin` is the application's own. On this machine, localhost, 127.0.0.1 and [::1] are one place. */
export function isOwnOrigin(origin: string): boolean {
  const own = env().APP_URL;
  if (origin === own.origin) return true;
  if (!URL.canParse(origin)) return false;

  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== own.protocol || port !== own.port) return false;
  return hostname === own.hostname || (isLoopback(hostname) && isLoopback(own.hostname));
}
