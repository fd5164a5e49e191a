import { sealData, unsealData } from "iron-session";
import { DAY, env, isHttps, MINUTE } from "@/lib/env";
import { LOCALE_COOKIE, TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { THEME_COOKIE } from "@/lib/theme";
import { type Kind, lifetimes, longestLifetime, policy } from "./policy";
import { type Content, opened } from "./seal-cache";

/**
 * The format of a seal, with the number of its secret. Any other value isn't
 * ours, and isn't worth the CPU time of opening.
 */
const SEAL = /^Fe26\.2\*(\d{1,10})\*[\da-f]{64}\*[\w-]{22}\*[\w-]{43,128}\*\*[\da-f]{64}\*[\w-]{43}~2$/;

/** The formats of a proof (lib/session/dbsc/proof) and of a rotation cookie (lib/session/rotation), which are not sealed. */
const PROOF = /^\d{13}\.[\w-]{43}$/;
const GENERATION = /^\d{1,7}\.[\w-]{11}\.[\w-]{43}$/;

/** The session cookie's possible names over https: for this host only, and with a domain. */
const HOST_NAME = "__Host-session";
const DOMAIN_NAME = "__Secure-session";

/**
 * The session cookie's name.
 *
 * Browsers accept a `__Host-` cookie only over https, from this host and for the
 * whole site (RFC 6265bis §4.1.3.2). With a `COOKIE_DOMAIN` the prefix is
 * `__Secure-`, which only guarantees https. On plain http, which is for this
 * machine only, there is no prefix and the name contains the port (decision 22).
 */
export function cookieName(): string {
  if (!isHttps()) return withPort("session");
  return env().COOKIE_DOMAIN ? DOMAIN_NAME : HOST_NAME;
}

/** A browser sends a cookie to every port of a host (RFC 6265 §8.5), so only the name keeps applications apart. */
function withPort(name: string): string {
  return `${name}-${env().APP_URL.port || "80"}`;
}

/** The session cookie's name before `COOKIE_DOMAIN` was set or removed; null on plain http, which has only one. */
export function formerCookieName(): string | null {
  if (!isHttps()) return null;
  return env().COOKIE_DOMAIN ? HOST_NAME : DOMAIN_NAME;
}

/** The name of the cookie that finishes a logout after an outage. It is always host-only. */
export function endingCookieName(): string {
  return isHttps() ? `${HOST_NAME}-ending` : `${cookieName()}-ending`;
}

/** The name of the cookie with which a browser shows that it has the key of its session. It is always host-only. */
export function proofCookieName(): string {
  return isHttps() ? `${HOST_NAME}-proof` : `${cookieName()}-proof`;
}

/** The name of the rotation cookie (lib/session/rotation), which goes where the session cookie goes. */
export function rotationCookieName(): string {
  return `${cookieName()}-rotation`;
}

/** The name of the cookie that recognises a browser, for all its users. It outlives sessions and logs nobody in. */
export function deviceCookieName(): string {
  return isHttps() ? "__Host-device" : withPort("device");
}

/** The name of the cookie that lets the next page confirm an action once. It is always host-only. */
export function noticeCookieName(): string {
  return isHttps() ? `${HOST_NAME}-notice` : `${cookieName()}-notice`;
}

/**
 * The name of the cookie with the token of a demonstration (lib/auth/demonstration). `__Host-` would
 * make browsers send it to every address.
 */
export function copyCookieName(): string {
  return isHttps() ? "__Secure-session-copy" : `${cookieName()}-copy`;
}

/**
 * The name of the cookie of a log-in that still needs its second step. It opens nothing but that step, and is always
 * host-only.
 */
export function loginCookieName(): string {
  return isHttps() ? "__Host-login" : withPort("login");
}

/**
 * A cookie that tests whether a browser keeps cookies. Each page on the way to a
 * session sets it where it is missing; the next request shows whether it was
 * kept. Our other cookies cannot show that, because our own responses may remove
 * them in between.
 *
 * Its value is a random number of the browser, until it is closed: a challenge
 * for a passkey is valid only in the browser that asked for it
 * (lib/auth/passkeys/challenges).
 */
export function trialCookie() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  // The middleware, which calls this too, has no node:crypto.
  const value = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace("=", "");
  return { ...attributes(), name: trialCookieName(), value };
}

/** The name of the cookie that tests whether a browser keeps cookies. */
export function trialCookieName(): string {
  return isHttps() ? "__Host-trial" : withPort("trial");
}

/** The browser's random number in a trial cookie's value, or null. */
export function trialIn(value: string | undefined): string | null {
  return text(value);
}

/** Attributes of the session cookie. `Max-Age` is in seconds; without it, the cookie ends with the browser. */
export function cookieAttributes(kind: Kind) {
  return { ...attributes(), ...ownDomain(), ...(!kind.publicComputer && { maxAge: lifetimes(kind).total / 1000 }) };
}

/** With a domain, a browser sends the cookie to every host in that domain. */
function ownDomain(): { domain?: string } {
  const domain = env().COOKIE_DOMAIN;
  return domain ? { domain } : {};
}

/** Attributes of the cookie that finishes a logout. It expires once every session that exists today is over. */
export function endingCookieAttributes() {
  return { ...attributes(), maxAge: longestLifetime() / 1000 };
}

/** The attributes of the proof cookie, except for its lifetime, as the browser must announce them (lib/session/dbsc). */
export const PROOF_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** A cookie that overwrites the proof. */
export function expiredProofCookie() {
  return { ...attributes(), ...expired(proofCookieName()) };
}

/**
 * The rotation cookie. It outlives the session cookie, even if the user has another role by now: a session cookie without
 * it would be out of date.
 */
export function rotationCookie(value: string, { publicComputer }: Pick<Kind, "publicComputer">) {
  const lifetime = !publicComputer && { maxAge: longestLifetime() / 1000 };
  return { ...attributes(), ...ownDomain(), ...lifetime, name: rotationCookieName(), value };
}

/** Attributes of the cookie that recognises a browser: it lasts for one year from the latest log-in. */
export function deviceCookieAttributes() {
  return { ...attributes(), maxAge: (365 * DAY) / 1000 };
}

/** Attributes of the cookie that confirms an action. It lasts for a minute: only the next page needs it. */
export function noticeCookieAttributes() {
  return { ...attributes(), maxAge: MINUTE / 1000 };
}

/** Attributes of the demonstration's cookie: for one address, on this host, and only for as long as its session lives. */
export function copyCookieAttributes() {
  const maxAge = policy().demonstration.total / 1000;
  return { ...attributes(), path: "/api/session/copy", sameSite: "strict", maxAge } as const;
}

/** How long the second step of a log-in may take, in milliseconds. */
export const SECOND_STEP = 10 * MINUTE;

/**
 * Attributes of the cookie of a log-in that still needs its second step. It lasts a little longer than the log-in, so
 * that the form can be filled in again.
 */
export function loginCookieAttributes() {
  return { ...attributes(), maxAge: (SECOND_STEP + 5 * MINUTE) / 1000 };
}

/** A cookie that overwrites the one of a log-in that needs its second step. */
export function expiredLoginCookie() {
  return { ...attributes(), ...expired(loginCookieName()) };
}

/** A cookie as the value of a `Set-Cookie` header. */
export function setCookieHeader({ name, value, domain, maxAge }: SentCookie): string {
  const [within, until] = [domain && `; Domain=${domain}`, maxAge !== undefined && `; Max-Age=${maxAge}`];
  return `${name}=${value}; Path=/${within || ""}${until || ""}; HttpOnly; SameSite=Lax${isHttps() ? "; Secure" : ""}`;
}

type SentCookie = { name: string; value: string; domain?: string; maxAge?: number };

/** A cookie that overwrites the session cookie and expires at once. */
export function expiredCookie() {
  return { ...attributes(), ...ownDomain(), ...expired(cookieName()) };
}

/** A cookie that overwrites the rotation cookie. */
export function expiredRotationCookie() {
  return { ...attributes(), ...ownDomain(), ...expired(rotationCookieName()) };
}

/** A cookie that overwrites the one that finishes a logout. */
export function expiredEndingCookie() {
  return { ...attributes(), ...expired(endingCookieName()) };
}

/** A cookie that overwrites the one that confirms an action. */
export function expiredNoticeCookie() {
  return { ...attributes(), ...expired(noticeCookieName()) };
}

/**
 * Cookies that overwrite session cookies from an earlier setting of
 * `COOKIE_DOMAIN`. A browser removes a cookie only if name and domain match, and
 * its requests don't say which domain a cookie is for.
 */
export function expiredLeftovers() {
  if (!isHttps()) return [];
  const labels = env().APP_URL.hostname.split(".");
  const domains = labels.slice(0, -1).map((_label, index) => labels.slice(index).join("."));
  const inDomains = domains
    .filter((domain) => domain !== env().COOKIE_DOMAIN)
    .flatMap((domain) =>
      [DOMAIN_NAME, `${DOMAIN_NAME}-rotation`].map((name) => ({ ...attributes(), domain, ...expired(name) })),
    );
  return cookieName() === HOST_NAME ? inDomains : [{ ...attributes(), ...expired(HOST_NAME) }, ...inDomains];
}

/**
 * The cookies with a reader's preferences, which are not sealed. Next.js needs them for the requests
 * that it makes itself: for the page that an action redirects to.
 */
const PREFERENCES: string[] = [LOCALE_COOKIE, TIME_ZONE_COOKIE, THEME_COOKIE];
const PREFERENCE = /^[\w%/+-]{1,80}$/;

/**
 * Reduces a `Cookie` header to our own cookies, in the form that all later code reads.
 *
 * Parsers disagree about quotes, spaces, `session` without a value, and repeated
 * names, so the server parses the header once. A value that doesn't look like
 * ours becomes empty: the cookie is still there to be removed. Such values come first,
 * because Next.js takes the last of several cookies with the same name.
 */
export function ownCookies(header = ""): string {
  const names = [
    cookieName(),
    formerCookieName(),
    endingCookieName(),
    noticeCookieName(),
    deviceCookieName(),
    copyCookieName(),
    loginCookieName(),
    proofCookieName(),
    rotationCookieName(),
    trialCookieName(),
  ];
  const pairs = header.split(";").map((pair) => {
    const [, name = "", value = ""] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/.exec(pair) ?? [];
    const isProof = name === proofCookieName() && PROOF.test(value);
    const isRotated = name === rotationCookieName() && GENERATION.test(value);
    const isTrial = name === trialCookieName() && trialIn(value);
    const isKept = SEAL.test(value) || PREFERENCES.includes(name) || isProof || isRotated || isTrial;
    return { name, value: isKept ? value : "" };
  });
  return pairs
    .filter(({ name, value }) => names.includes(name) || (PREFERENCES.includes(name) && PREFERENCE.test(value)))
    .sort((a, b) => Number(a.value !== "") - Number(b.value !== ""))
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
}

/** The value of a cookie in a header that `ownCookies` made; undefined if it is missing. */
export function cookieOf(header = "", name: string): string | undefined {
  const cookie = header.split("; ").findLast((one) => one.startsWith(`${name}=`));
  return cookie?.slice(name.length + 1);
}

/** Whether a header that `ownCookies` made has session cookies of an earlier `COOKIE_DOMAIN` beside the current one. */
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

/** The session cookie's value: the token, encrypted and authenticated with the newest secret. */
export function seal(token: string): Promise<string> {
  return sealed({ token });
}

/** The token in a cookie's value, or null for any value that wasn't sealed here. Never throws. */
export async function unseal(value: string | undefined): Promise<string | null> {
  return text((await unsealed(value))?.token);
}

/** The value of the demonstration's cookie. As a session cookie it is not valid: it has the token under another name. */
export function sealCopy(token: string): Promise<string> {
  return sealed({ copy: token });
}

/** The token in the demonstration's cookie, or null. Never throws. */
export async function unsealCopy(value: string | undefined): Promise<string | null> {
  return text((await unsealed(value))?.copy);
}

/** The value of the cookie that recognises a browser. */
export function sealDevice(device: string): Promise<string> {
  return sealed({ device });
}

/** The browser's id in a cookie's value, or null. Never throws. */
export async function unsealDevice(value: string | undefined): Promise<string | null> {
  return text((await unsealed(value))?.device);
}

/**
 * A logout that an outage interrupted. It identifies the session but can't be used
 * as one. `until` is the latest time at which the session ends; it is only shown.
 */
export type PendingEnding = { tokenHash: string; until: Date };

export function sealEnding({ tokenHash, until }: PendingEnding): Promise<string> {
  return sealed({ ending: tokenHash, until: until.getTime() });
}

/** The interrupted logout in a cookie's value, or null. Never throws. */
export async function unsealEnding(value: string | undefined): Promise<PendingEnding | null> {
  const content = await unsealed(value);
  const tokenHash = text(content?.ending);
  return tokenHash ? { tokenHash, until: new Date(Number(content?.until)) } : null;
}

/** A log-in of which the password was right: its one-time token, and what the user chose with the password. */
export type HalfLogin = { token: string; publicComputer: boolean };

/** The value of the cookie of a log-in that needs its second step. As a session cookie it is not valid. */
export function sealLogin({ token, publicComputer }: HalfLogin): Promise<string> {
  return sealed({ login: token, publicComputer });
}

/** The log-in in a cookie's value, or null. Never throws. */
export async function unsealLogin(value: string | undefined): Promise<HalfLogin | null> {
  const content = await unsealed(value);
  const token = text(content?.login);
  return token ? { token, publicComputer: content?.publicComputer === true } : null;
}

/** The value of the cookie that confirms an action. */
export function sealNotice(notice: string): Promise<string> {
  return sealed({ notice });
}

/** The action that a cookie's value confirms, or null. Never throws. */
export async function unsealNotice(value: string | undefined): Promise<string | null> {
  const notice = (await unsealed(value))?.notice;
  return typeof notice === "string" ? notice : null;
}

/** The value if it is 256 bits in base64url, or null. */
function text(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{43}$/.test(value) ? value : null;
}

async function sealed(content: object): Promise<string> {
  const newest = (await passwords()).slice(0, 1);
  // No expiry in the seal: it would end sessions by this machine's clock, and
  // the database's clock decides.
  return sealData(content, { password: Object.fromEntries(newest), ttl: 0 });
}

async function unsealed(value: string | undefined): Promise<Content | null> {
  const [, id] = SEAL.exec(value ?? "") ?? [];
  if (!value || !id) return null;
  const password = Object.fromEntries(await passwords());
  if (!Object.hasOwn(password, id)) return null;

  return opened(value, env().SESSION_SECRET, async () => {
    const content = await unsealData<Content>(value, { password, ttl: 0 });
    // For some broken seals iron-session returns an empty object; for others it
    // throws. Both mean "not logged in".
    if (Object.keys(content).length === 0) throw new Error("This seal does not open");
    return content;
  });
}

/** The number that seals use for the newest secret. It reveals nothing about the secret. */
export async function newestSecretNumber(): Promise<string> {
  const [newest] = await passwords();
  return newest?.[0] ?? "";
}

let numbered: Promise<[id: string, secret: string][]> | undefined;

/**
 * The secrets, newest first, each with its permanent number.
 *
 * A seal contains the number of its secret. Numbers by position would change when
 * an old secret is removed, and log everybody out. So the number is 31 bits of the
 * secret's SHA-256: far too few of the 256 bits to reveal the secret.
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
