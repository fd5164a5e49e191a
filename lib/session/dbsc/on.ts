import { env, isHttps } from "@/lib/env";

/**
 * Whether sessions are bound to the device that logs in. Browsers do that over https only. With a
 * `COOKIE_DOMAIN`, other hosts get the session cookie and not the proof, so nothing is bound.
 */
export function isBindingOn(): boolean {
  return env().DEVICE_BINDING !== "off" && isHttps() && !env().COOKIE_DOMAIN;
}
