import { type Env, env } from "@/lib/env";
import { HOME, leadingTo } from "./leading-to";

/** The settings that decide where a visitor may be redirected. */
type ReturnSettings = Pick<Env, "APP_URL" | "ALLOWED_RETURN_HOSTS">;

/** Addresses that return something other than a page: a file, data, or nothing to look at. */
const NO_PAGE =
  /^\/(api|brand|language|theme|time-zone|_next|healthz|readyz|metrics|\.well-known)(\/|$)|^\/outbox\/.|\/export\/?$|^\/[\w-]+\.[a-z]+$/;

/**
 * The maximum length of a return address, encoded. The log-in page sends it four times in the head
 * of one request, of which Node reads at most 16 kB.
 */
const LONGEST = 3000;

/** Appended to the log-in page's address in place of a return address that is too long. */
const TOO_LONG = "?too-long";

/** Stands for this site in parsing. Nobody can own a domain in `.invalid` (RFC 2606). */
const HERE = "http://latchkey.invalid";

/**
 * Where to go after logging in: the wanted path if it belongs to this site, otherwise the
 * dashboard. Never leads to another site (CWE-601), nor back to logging in or out.
 */
export function nextPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !isOwnPath(wanted) || !URL.canParse(wanted, HERE)) return HOME;

  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  if (origin !== HERE || !isOwnPath(pathname) || isAboutLoggingIn(pathname)) return HOME;
  return shortened(pathname + search, hash) ?? HOME;
}

/**
 * Like `nextPath`, but leads to the dashboard unless the path is a page. A file would be saved, and
 * the visitor would stay on the log-in page.
 */
export function nextPage(wanted: unknown): string {
  const path = nextPath(wanted);
  return NO_PAGE.test(decoded(path.replace(/[?#].*/s, ""))) ? HOME : path;
}

/** The path to return to after a form: the page of this site that it names, even a log-in page. "/" for anything else. */
export function samePage(page: unknown): string {
  if (typeof page !== "string" || page.length > LONGEST || !isOwnPath(page) || !URL.canParse(page, HERE)) return "/";
  const { origin, pathname, search } = new URL(page, HERE);
  return origin === HERE && isOwnPath(pathname) && !NO_PAGE.test(decoded(pathname)) ? pathname + search : "/";
}

/**
 * Where to go after logging in: a page of this site, as in `nextPage`, or a page of an application
 * behind it, on one of `ALLOWED_RETURN_HOSTS`. Everything else leads to the dashboard.
 */
export function nextAddress(wanted: unknown, settings: ReturnSettings = env()): string {
  const url = typeof wanted === "string" ? absoluteAddress(wanted) : null;
  if (!url || !isAllowed(url, settings)) return nextPage(wanted);

  const { origin, pathname, search, hash } = url;
  // Our own pages get the same checks as any path of this site.
  if (origin === settings.APP_URL.origin) return nextPage(pathname + search + hash);
  return shortened(origin + pathname + search, hash) ?? HOME;
}

/**
 * The address with its fragment, or without it if only the fragment makes it too long. Null if the
 * address itself is too long.
 */
function shortened(address: string, hash: string): string | null {
  return [address + hash, address].find((text) => !isTooLong(text)) ?? null;
}

function isTooLong(text: string): boolean {
  return text.length > LONGEST || new URLSearchParams([["", text]]).toString().length > LONGEST;
}

/**
 * The full URL of the log-in page, for visitors from other hosts. It leads back to `wanted` if that
 * is allowed, and is marked if `wanted` is too long.
 */
export function loginAddress(wanted: string | null, settings: ReturnSettings = env()): string {
  if (wanted && isTooLong(wanted)) return `${settings.APP_URL.origin}/login${TOO_LONG}`;
  return settings.APP_URL.origin + leadingTo("/login", nextAddress(wanted, settings));
}

/** The path of the log-in page, which leads back to `url` afterwards. */
export function loginPath(url: string): string {
  if (isTooLong(url)) return `/login${TOO_LONG}`;
  return `/login?next=${encodeURIComponent(nextPath(url))}`;
}

/**
 * The URL of a page on another host, or null if some program could find a different host in it. The
 * host must be written in plain ASCII, directly after the two slashes.
 */
function absoluteAddress(wanted: string): URL | null {
  const [, host] = /^https?:\/\/([a-z\d.-]+)(:\d{1,5})?([/?#]|$)/i.exec(wanted) ?? [];
  if (!host || /[\p{Cc}\\]/u.test(wanted) || !URL.canParse(wanted)) return null;

  const url = new URL(wanted);
  return url.hostname === host.toLowerCase() ? url : null;
}

/**
 * Whether a visitor may be redirected to a host: only over https, unless this application itself
 * uses plain http on localhost.
 */
function isAllowed({ protocol, hostname, port }: URL, { APP_URL, ALLOWED_RETURN_HOSTS }: ReturnSettings): boolean {
  if (protocol !== "https:" && protocol !== APP_URL.protocol) return false;

  return ALLOWED_RETURN_HOSTS.some((entry) => {
    // As URLs are normalised: without the default port.
    const its = new URL(`${protocol}//${entry.replace(/^\*/, "any")}`);
    const isIts = entry.startsWith("*.")
      ? hostname.endsWith(its.hostname.slice("any".length))
      : hostname === its.hostname;
    return isIts && port === its.port;
  });
}

/**
 * Whether a path begins with exactly one slash for every reader. Browsers drop control characters
 * and treat a backslash as a slash. Encoded characters may be decoded on the way, once or twice.
 */
function isOwnPath(wanted: string): boolean {
  if (/\p{Cc}/u.test(wanted)) return false;

  const [path = ""] = wanted.split(/[?#]/);
  const read = decoded(decoded(path));
  return /^\/(?!\/)/.test(read) && !/[\p{Cc}\\]/u.test(read);
}

/** Whether a page is of no use to a user who has just logged in. */
function isAboutLoggingIn(pathname: string): boolean {
  return /^\/(login|login\/verify|logout|logout\/end|signup|forgot-password|reset-password|secure-account|recover)?\/?$/.test(
    decoded(pathname),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign cannot be decoded; the text stays as it is.
    return text;
  }
}
