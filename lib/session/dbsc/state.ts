import { env, SECOND } from "@/lib/env";
import type { ActiveSession } from "@/lib/session/store/contract";
import { isBindingOn } from "./on";
import { isFresh, provedBy } from "./proof";

/**
 * What a request shows of the key of its session.
 *
 * - "unbound": the session has no key.
 * - "pending": the browser has registered one, and has not used it yet. Nothing is asked, because its answer may have
 *   been lost on the way.
 * - "proven": the request has a fresh proof.
 * - "unproven": it has none.
 * - "copied": it has none, although the browser with the key must be holding one. So the cookie is elsewhere, too.
 */
type BindingState = "unbound" | "pending" | "proven" | "unproven" | "copied";

/** How long before its end a proof may already be missing, in milliseconds: clocks run at different speeds. */
const MARGIN = SECOND;

/** What a request with this proof shows of the key of its session. */
export function bindingState({ session, binding, now }: ActiveSession, proof: string | null): BindingState {
  if (!isBindingOn() || !binding) return "unbound";
  if (!session.boundAt) return "pending";
  const provedAt = provedBy(proof, session.handle);
  if (provedAt && isFresh(provedAt, now)) return "proven";

  const isSeen = binding.seenAt?.getTime() === binding.provedAt.getTime();
  const isHeld = now.getTime() < binding.provedAt.getTime() + env().PROOF_LIFETIME - MARGIN;
  return isSeen && isHeld ? "copied" : "unproven";
}

/** Whether a request needs a proof and has none that is fresh. */
export function isUnproven(found: ActiveSession, proof: string | null): boolean {
  return ["unproven", "copied"].includes(bindingState(found, proof));
}

/** The moment of the newest proof if this request brings it and no earlier one did; otherwise null. */
export function newlySeen({ session, binding }: ActiveSession, proof: string | null): Date | null {
  if (!isBindingOn() || !binding || binding.seenAt?.getTime() === binding.provedAt.getTime()) return null;
  return provedBy(proof, session.handle)?.getTime() === binding.provedAt.getTime() ? binding.provedAt : null;
}
