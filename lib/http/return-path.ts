import { type Env, env } from "@/lib/env";
import { HOME, leadingTo } from "./leading-to";

/** What decides where one may be led. */
type ReturnSettings = Pick<Env, "APP_URL" | "ALLOWED_RETURN_HOSTS">;

/** Addresses that answer with something else than a page: with a file, with data, or with nothing to look at. */
const NO_PAGE = /^\/(api|_next|healthz|readyz|metrics|\.well-known)(\/|$)|^\/outbox\/.|\/export\/?$|^\/[\w-]+\.[a-z]+$/;

/**
 * The longest address to come back to, encoded. The log-in page sends it back
 * four times in the head of one request, of which Node reads 16 kB.
 */
const LONGEST = 3000;

/** Added to the log-in page's address in place of one that is too long. */
const TOO_LONG = "?too-long";

/** Stands for this site in parsing. `.invalid` can be nobody's (RFC 2606). */
const HERE = "http://latchkey.invalid";

/**
 * Where to go after logging in: the path asked for when it is one of this site,
 * otherwise the dashboard. Never leads to another site (CWE-601), nor back to
 * logging in or out.
 */
export function nextPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !isOwnPath(wanted) || !URL.canParse(wanted, HERE)) return HOME;

  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  if (origin !== HERE || !isOwnPath(pathname) || isAboutLoggingIn(pathname)) return HOME;
  return shortened(pathname + search, hash) ?? HOME;
}

/** The same where it is a page, otherwise the dashboard. A file would be saved, and the visitor left where they are. */
export function nextPage(wanted: unknown): string {
  const path = nextPath(wanted);
  return NO_PAGE.test(decoded(path.replace(/[?#].*/s, ""))) ? HOME : path;
}

/**
 * Where to go after logging in: a path of this site, as `nextPage` has it, or a
 * page of an application behind it, at one of `ALLOWED_RETURN_HOSTS`. Everything
 * else leads to the dashboard.
 */
export function nextAddress(wanted: unknown, settings: ReturnSettings = env()): string {
  const url = typeof wanted === "string" ? absoluteAddress(wanted) : null;
  if (!url || !isAllowed(url, settings)) return nextPage(wanted);

  const { origin, pathname, search, hash } = url;
  // A page of our own has its path alone, with all that holds for those.
  if (origin === settings.APP_URL.origin) return nextPage(pathname + search + hash);
  return shortened(origin + pathname + search, hash) ?? HOME;
}

/** An address with what follows its `#`, or without where only that is too long; null when it is too long itself. */
function shortened(address: string, hash: string): string | null {
  return [address + hash, address].find((text) => !isTooLong(text)) ?? null;
}

function isTooLong(text: string): boolean {
  return text.length > LONGEST || new URLSearchParams([["", text]]).toString().length > LONGEST;
}

/**
 * The log-in page's address in full, for who comes from elsewhere; it leads back
 * to `wanted` where that is allowed, and says so where that is too long.
 */
export function loginAddress(wanted: string | null, settings: ReturnSettings = env()): string {
  if (wanted && isTooLong(wanted)) return `${settings.APP_URL.origin}/login${TOO_LONG}`;
  return settings.APP_URL.origin + leadingTo("/login", nextAddress(wanted, settings));
}

/** The log-in page's address, leading back to `url` afterwards. */
export function loginPath(url: string): string {
  if (isTooLong(url)) return `/login${TOO_LONG}`;
  return `/login?next=${encodeURIComponent(nextPath(url))}`;
}

/**
 * The address of a page on another host, or null for what reads otherwise to
 * anybody: the host stands there as it is, in letters of ASCII, with nothing before it.
 */
function absoluteAddress(wanted: string): URL | null {
  const [, host] = /^https?:\/\/([a-z\d.-]+)(:\d{1,5})?([/?#]|$)/i.exec(wanted) ?? [];
  if (!host || /[\p{Cc}\\]/u.test(wanted) || !URL.canParse(wanted)) return null;

  const url = new URL(wanted);
  return url.hostname === host.toLowerCase() ? url : null;
}

/** Whether one may be led to a host: only over https, unless this application itself is one of this machine's. */
function isAllowed({ protocol, hostname, port }: URL, { APP_URL, ALLOWED_RETURN_HOSTS }: ReturnSettings): boolean {
  if (protocol !== "https:" && protocol !== APP_URL.protocol) return false;

  return ALLOWED_RETURN_HOSTS.some((entry) => {
    // As a URL has them: without the port that is the usual one.
    const its = new URL(`${protocol}//${entry.replace(/^\*/, "any")}`);
    const isIts = entry.startsWith("*.")
      ? hostname.endsWith(its.hostname.slice("any".length))
      : hostname === its.hostname;
    return isIts && port === its.port;
  });
}

/**
 * Whether a path begins with exactly one slash and reads the same to everybody.
 * Browsers drop control characters and take a backslash for a slash; and what
 * is encoded may be decoded on the way, once or twice.
 */
function isOwnPath(wanted: string): boolean {
  if (/\p{Cc}/u.test(wanted)) return false;

  const [path = ""] = wanted.split(/[?#]/);
  const read = decoded(decoded(path));
  return /^\/(?!\/)/.test(read) && !/[\p{Cc}\\]/u.test(read);
}

/** Whether a page is one that somebody who has just logged in has no use for. */
function isAboutLoggingIn(pathname: string): boolean {
  return /^\/(login|logout|logout\/end|signup|forgot-password|reset-password|secure-account)?\/?$/.test(
    decoded(pathname),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign decodes to nothing; it stays what it is.
    return text;
  }
}
