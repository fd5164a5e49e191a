import { sealData, unsealData } from "iron-session";
import { DAY, env, isHttps, MINUTE } from "@/lib/env";
import { type Kind, lifetimes, longestLifetime } from "./policy";
import { type Content, opened } from "./seal-cache";

/**
 * How a seal looks, with the number of its secret. What looks
 * otherwise is not ours, and is not worth the work of opening.
 */
const SEAL = /^Fe26\.2\*(\d{1,10})\*[\da-f]{64}\*[\w-]{22}\*[\w-]{43,128}\*\*[\da-f]{64}\*[\w-]{43}~2$/;

/** The names that the cookie may have over https: for this host alone, and for a domain. */
const HOST_NAME = "__Host-session";
const DOMAIN_NAME = "__Secure-session";

/**
 * The cookie's name. The prefix makes the browser refuse it from another host,
 * from plain http and for a part of the site only (RFC 6265bis §4.1.3.2), and
 * cannot be had without https. With a `COOKIE_DOMAIN` it is another prefix,
 * which keeps out plain http, and no more. On plain http, which is this machine's
 * alone, the name has the port in it: decision 22.
 */
export function cookieName(): string {
  if (!isHttps()) return withPort("session");
  return env().COOKIE_DOMAIN ? DOMAIN_NAME : HOST_NAME;
}

/** A browser sends a cookie to every port of a host (RFC 6265 §8.5): only the name keeps applications apart. */
function withPort(name: string): string {
  return `${name}-${env().APP_URL.port || "80"}`;
}

/** The name that the cookie had before `COOKIE_DOMAIN` was set, or while it was; null where it has but one. */
export function formerCookieName(): string | null {
  if (!isHttps()) return null;
  return env().COOKIE_DOMAIN ? HOST_NAME : DOMAIN_NAME;
}

/** The name of the cookie by which a browser finishes a logout that met an outage. It is this host's alone. */
export function endingCookieName(): string {
  return isHttps() ? `${HOST_NAME}-ending` : `${cookieName()}-ending`;
}

/** The name of the cookie by which a browser is known again, whoever logs in. It signs nobody in, and outlives sessions. */
export function deviceCookieName(): string {
  return isHttps() ? "__Host-device" : withPort("device");
}

/** The name of the cookie by which a page that is led to says once what was just done. It is this host's alone. */
export function noticeCookieName(): string {
  return isHttps() ? `${HOST_NAME}-notice` : `${cookieName()}-notice`;
}

/**
 * A cookie that says nothing. Each page on the way to a session gives it to a
 * browser that lacks it: whether it comes back shows whether the browser keeps
 * cookies. Other cookies of ours are no proof: one of them may be removed on the way.
 */
export function trialCookie() {
  return { ...attributes(), name: trialCookieName(), value: "1" };
}

function trialCookieName(): string {
  return isHttps() ? "__Host-trial" : withPort("trial");
}

/** Attributes of the session cookie. `Max-Age` is in seconds; without one it ends with the browser. */
export function cookieAttributes(kind: Kind) {
  return { ...attributes(), ...ownDomain(), ...(!kind.publicComputer && { maxAge: lifetimes(kind).total / 1000 }) };
}

/** With a domain, a browser sends the cookie to every host in it. */
function ownDomain(): { domain?: string } {
  const domain = env().COOKIE_DOMAIN;
  return domain ? { domain } : {};
}

/** Attributes of the cookie that finishes a logout. It is of no use when no session of today lives any more. */
export function endingCookieAttributes() {
  return { ...attributes(), maxAge: longestLifetime() / 1000 };
}

/** Attributes of the cookie by which a browser is known again: for one year from its last log-in. */
export function deviceCookieAttributes() {
  return { ...attributes(), maxAge: (365 * DAY) / 1000 };
}

/** Attributes of the cookie that says what was just done: the next page says it, or none. */
export function noticeCookieAttributes() {
  return { ...attributes(), maxAge: MINUTE / 1000 };
}

/** The cookie that overwrites the session's and expires at once. */
export function expiredCookie() {
  return { ...attributes(), ...ownDomain(), ...expired(cookieName()) };
}

/** The cookie that overwrites the one which finishes a logout. */
export function expiredEndingCookie() {
  return { ...attributes(), ...expired(endingCookieName()) };
}

/** The cookie that overwrites the one which says what was just done. */
export function expiredNoticeCookie() {
  return { ...attributes(), ...expired(noticeCookieName()) };
}

/**
 * The cookies that overwrite what a browser may have kept from another
 * `COOKIE_DOMAIN`, or from when there was none. A browser removes a cookie only
 * by name and domain, and does not say which domain one is for.
 */
export function expiredLeftovers() {
  if (!isHttps()) return [];
  const labels = env().APP_URL.hostname.split(".");
  const domains = labels.slice(0, -1).map((_label, index) => labels.slice(index).join("."));
  const inDomains = domains
    .filter((domain) => domain !== env().COOKIE_DOMAIN)
    .map((domain) => ({ ...attributes(), domain, ...expired(DOMAIN_NAME) }));
  return cookieName() === HOST_NAME ? inDomains : [{ ...attributes(), ...expired(HOST_NAME) }, ...inDomains];
}

/**
 * A `Cookie` header with our cookies alone, as everything that comes after reads
 * them. Readers differ in what they make of quotes, of spaces, of `session`
 * without a value, and of one name given twice. So the server reads the header
 * once: a value that does not look like a seal becomes an empty one, which is
 * still there to be removed, and the seals come last, because of several cookies
 * of one name Next.js takes the last.
 */
export function ownCookies(header = ""): string {
  const names = [
    cookieName(),
    formerCookieName(),
    endingCookieName(),
    noticeCookieName(),
    deviceCookieName(),
    trialCookieName(),
  ];
  const pairs = header.split(";").map((pair) => {
    const [, name = "", value = ""] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/.exec(pair) ?? [];
    return { name, value: SEAL.test(value) ? value : "" };
  });
  return pairs
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => Number(a.value !== "") - Number(b.value !== ""))
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
}

/** The value of the cookie of this name in a header that `ownCookies` made; undefined where there is none. */
export function cookieOf(header = "", name: string): string | undefined {
  const cookie = header.split("; ").findLast((one) => one.startsWith(`${name}=`));
  return cookie?.slice(name.length + 1);
}

/** Whether a header that `ownCookies` made has a session cookie of another `COOKIE_DOMAIN` in it, beside the one of today. */
export function hasLeftovers(header: string): boolean {
  const names = header.split("; ").map((cookie) => cookie.split("=")[0]);
  const former = formerCookieName();
  const count = (wanted: string) => names.filter((name) => name === wanted).length;
  return count(cookieName()) > 0 && ((former !== null && count(former) > 0) || count(cookieName()) > 1);
}

function expired(name: string) {
  return { name, value: "", maxAge: 0 };
}

function attributes() {
  return { path: "/", httpOnly: true, sameSite: "lax", secure: isHttps() } as const;
}

/** The value of the session cookie: the token, encrypted and authenticated with the newest secret. */
export function seal(token: string): Promise<string> {
  return sealed({ token });
}

/** The token in a cookie's value, or null for anything that was not sealed here, whatever it is. Never throws. */
export async function unseal(value: string | undefined): Promise<string | null> {
  return text((await unsealed(value))?.token);
}

/** The value of the cookie by which a browser is known again. */
export function sealDevice(device: string): Promise<string> {
  return sealed({ device });
}

/** The number of a browser in a cookie's value, or null. Never throws. */
export async function unsealDevice(value: string | undefined): Promise<string | null> {
  return text((await unsealed(value))?.device);
}

/**
 * What is left to do of a logout that met an outage. It names the session, and
 * cannot be used as one. `until` is when that ends at the latest, for words only.
 */
export type PendingEnding = { tokenHash: string; until: Date };

export function sealEnding({ tokenHash, until }: PendingEnding): Promise<string> {
  return sealed({ ending: tokenHash, until: until.getTime() });
}

/** The logout to be finished that a cookie's value tells of, or null. Never throws. */
export async function unsealEnding(value: string | undefined): Promise<PendingEnding | null> {
  const content = await unsealed(value);
  const tokenHash = text(content?.ending);
  return tokenHash ? { tokenHash, until: new Date(Number(content?.until)) } : null;
}

/** The value of the cookie that says what was just done. */
export function sealNotice(notice: string): Promise<string> {
  return sealed({ notice });
}

/** What a cookie's value says that was just done, or null. Never throws. */
export async function unsealNotice(value: string | undefined): Promise<string | null> {
  const notice = (await unsealed(value))?.notice;
  return typeof notice === "string" ? notice : null;
}

/** 256 bits in base64url, or null. */
function text(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{43}$/.test(value) ? value : null;
}

async function sealed(content: object): Promise<string> {
  const newest = (await passwords()).slice(0, 1);
  // A seal that expired by itself would end sessions by this machine's clock;
  // the database's decides.
  return sealData(content, { password: Object.fromEntries(newest), ttl: 0 });
}

async function unsealed(value: string | undefined): Promise<Content | null> {
  const [, id] = SEAL.exec(value ?? "") ?? [];
  if (!value || !id) return null;
  const password = Object.fromEntries(await passwords());
  if (!Object.hasOwn(password, id)) return null;

  return opened(value, env().SESSION_SECRET, async () => {
    const content = await unsealData<Content>(value, { password, ttl: 0 });
    // iron-session turns some broken seals into an empty object and throws at
    // others. To us they are all the same: not signed in.
    if (Object.keys(content).length === 0) throw new Error("This seal does not open");
    return content;
  });
}

/** The number under which a seal names the newest secret. Says nothing about the secret itself. */
export async function newestSecretNumber(): Promise<string> {
  const [newest] = await passwords();
  return newest?.[0] ?? "";
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
