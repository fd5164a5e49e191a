import { metrics } from "@/lib/metrics";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { challengeFor, isBindChallenge } from "./challenge";
import { proofOf } from "./proof";
import { isSignedBy, parseKey, parseSigned } from "./signature";

/** A new proof, and the challenge for the next one. */
export type Proved = { proof: string; challenge: string };

/**
 * Stores the key that a browser registers for its session, which has this token. Until the first refresh nothing asks for
 * a proof: only then is it certain that the browser has taken the answer. Null if the registration is not accepted.
 * Throws an Outage.
 */
export async function register(
  { session: { handle }, now }: ActiveSession,
  token: string,
  header: string | undefined,
): Promise<Proved | null> {
  const signed = parseSigned(header);
  const key = parseKey(signed?.jwk);
  const isGood = signed && key && isBindChallenge(signed.challenge, token, Date.now()) && isSignedBy(key, signed);
  const provedAt = isGood ? await sessionStore().bind(handle, key) : null;
  metrics().bindings.inc({ outcome: provedAt ? "registered" : "refused" });
  return provedAt && { proof: proofOf(handle, provedAt), challenge: challengeFor({ handle, provedAt }, now) };
}
