import { sealData, unsealData } from "iron-session";
import { env, isHttps } from "@/lib/env";
import { lifetimes } from "./policy";

/**
 * How a seal of one token looks, with the number of its secret. What looks
 * otherwise is not ours, and is not worth the work of opening.
 */
const SEAL = /^Fe26\.2\*(\d{1,10})\*[\da-f]{64}\*[\w-]{22}\*[\w-]{86,128}\*\*[\da-f]{64}\*[\w-]{43}~2$/;

/**
 * The cookie's name. The prefix makes the browser refuse it from another host,
 * from plain http and for a part of the site only (RFC 6265bis §4.1.3.2), and
 * cannot be had without https.
 */
export function cookieName(): string {
  return isHttps() ? "__Host-session" : "session";
}

/** Attributes of the session cookie. `Max-Age` is in seconds; without one it ends with the browser. */
export function cookieAttributes({ publicComputer }: { publicComputer: boolean }) {
  const attributes = { path: "/", httpOnly: true, sameSite: "lax", secure: isHttps() } as const;

  return publicComputer ? attributes : { ...attributes, maxAge: lifetimes({ publicComputer }).total / 1000 };
}

/** The cookie that overwrites the session cookie and expires at once. */
export function expiredCookie() {
  return { ...cookieAttributes({ publicComputer: true }), name: cookieName(), value: "", maxAge: 0 };
}

/** The value of the session cookie: the token, encrypted and authenticated with the newest secret. */
export async function seal(token: string): Promise<string> {
  const newest = (await passwords()).slice(0, 1);
  // A seal that expired by itself would end sessions by this machine's clock;
  // the database's decides.
  return sealData({ token }, { password: Object.fromEntries(newest), ttl: 0 });
}

/** The token in a cookie's value, or null for anything that was not sealed here, whatever it is. Never throws. */
export async function unseal(value: string | undefined): Promise<string | null> {
  const [, id] = SEAL.exec(value ?? "") ?? [];
  const password = Object.fromEntries(await passwords());
  if (!value || !id || !Object.hasOwn(password, id)) return null;

  try {
    const { token } = await unsealData<{ token?: unknown }>(value, { password, ttl: 0 });
    return typeof token === "string" && /^[\w-]{43}$/.test(token) ? token : null;
  } catch {
    // iron-session turns some broken seals into an empty object and throws at
    // others. To us they are all the same: not signed in.
    return null;
  }
}

let numbered: Promise<[id: string, secret: string][]> | undefined;

/**
 * The secrets, newest first, each under a number that it keeps.
 *
 * A seal names the number of its secret. Counting them would give a secret
 * another number as soon as an older one is removed, and sign everybody out; so
 * the number is 31 bits of the secret's SHA-256, which tell nothing of 256.
 */
function passwords(): Promise<[id: string, secret: string][]> {
  numbered ??= Promise.all(
    env().SESSION_SECRET.map(async (secret): Promise<[string, string]> => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
      return [String(new DataView(digest).getUint32(0) >>> 1), secret];
    }),
  );
  return numbered;
}
