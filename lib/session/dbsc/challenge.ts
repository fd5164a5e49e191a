import { env, MINUTE, SECOND } from "@/lib/env";
import { isMacOf, macOf } from "@/lib/session/mac";
import { hashToken } from "@/lib/session/token";

/** How long a new session may be bound, in milliseconds. */
export const TIME_TO_BIND = 2 * MINUTE;

/** By how much the clocks of two instances may differ, in milliseconds. */
const CLOCKS = 30 * SECOND;

/** The challenge of a registration. It goes with one token, so a later token makes it worthless. */
export function bindChallenge(token: string, now: number): string {
  return `${now}.${macOf("bind", [textOf(token), now])}`;
}

/** Whether a text is a challenge to bind the session with this token, and recent enough. */
export function isBindChallenge(text: string, token: string, now: number): boolean {
  const [at, mac] = partsOf(text);
  return now - at < TIME_TO_BIND && at - now < CLOCKS && isMacOf(mac, "bind", [textOf(token), at]);
}

/** A session's handle, and when its browser last signed. */
type Proved = { handle: string; provedAt: Date };

/** A challenge for the next proof. The proof changes `provedAt`, and so spends all challenges that were made before it. */
export function challengeFor({ handle, provedAt }: Proved, now: Date): string {
  const at = now.getTime();
  return `${at}.${macOf("challenge", [handle, provedAt.getTime(), at])}`;
}

/**
 * Whether a text is a challenge for the next proof, and recent enough. It must outlive the proof: browsers keep it
 * until they need it.
 */
export function isChallengeFor(text: string, { handle, provedAt }: Proved, now: Date): boolean {
  const [at, mac] = partsOf(text);
  const isRecent = now.getTime() - at < 2 * env().PROOF_LIFETIME;
  return isRecent && isMacOf(mac, "challenge", [handle, provedAt.getTime(), at]);
}

function partsOf(text: string): [at: number, mac: string] {
  const [, at = "0", mac = ""] = /^(\d{13})\.([\w-]{43})$/.exec(text) ?? [];
  return [Number(at), mac];
}

function textOf(token: string): string {
  return Buffer.from(hashToken(token)).toString("base64url");
}
