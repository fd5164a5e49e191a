import { env, MINUTE, SECOND } from "@/lib/env";
import { isMacOf, macOf } from "@/lib/session/mac";

/** How much longer than the cookie lives a proof counts, in milliseconds: it may end while its request is on the way. */
const LATENESS = 30 * SECOND;

/**
 * How long the cookie with the first proof lives, in seconds. It is short, so that the next request brings the first
 * refresh. Only that shows that the browser has taken the registration.
 */
export const FIRST_LIFE = MINUTE / SECOND;

/** How long the cookie with every later proof lives, in seconds. */
export function proofLife(): number {
  return env().PROOF_LIFETIME / SECOND;
}

/**
 * The value of the proof cookie: when the browser signed, and an HMAC. It is bound to the session's handle, because
 * the token changes with each confirmation.
 */
export function proofOf(handle: string, provedAt: Date): string {
  const at = provedAt.getTime();
  return `${at}.${macOf("proof", [handle, at])}`;
}

/** When the browser signed for this proof, or null if it is not one of this session. It may be too old. */
export function provedBy(value: string | null, handle: string): Date | null {
  const [at = "", mac = ""] = value?.split(".") ?? [];
  return /^\d{13}$/.test(at) && isMacOf(mac, "proof", [handle, Number(at)]) ? new Date(Number(at)) : null;
}

/** Whether a proof of this moment still counts. `now` is the database's time. */
export function isFresh(provedAt: Date, now: Date): boolean {
  return now.getTime() < provedAt.getTime() + env().PROOF_LIFETIME + LATENESS;
}
