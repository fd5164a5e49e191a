import { env } from "@/lib/env";
import { isBindingOn } from "@/lib/session/dbsc/on";
import type { ActiveSession, Rotated } from "@/lib/session/store/contract";
import { shownGeneration } from "./cookie";
import { judgeRotation, unrotated } from "./rule";

/** What a session's cookies show: a copy, or what to store and which generation to offer. */
type RotationState = { isReplay: true } | { isReplay: false; rotated: Rotated | null; offered: number | null };

/** What a request with this cookie shows of a session with this token. */
export function rotationState(found: ActiveSession, token: string, cookie: string | null): RotationState {
  const { rotation, session, now } = found;
  if (!isRotating(found)) return { isReplay: false, rotated: null, offered: null };
  const its = rotation ?? unrotated(session.confirmedAt);
  const judged = judgeRotation(its, shownGeneration(cookie, token), { now, every: env().TOKEN_ROTATION });
  if (judged.isReplay) return judged;
  return { ...judged, rotated: judged.next && { from: rotation, to: judged.next } };
}

/** Whether a session's cookie rotates. A bound session needs a proof instead, and a demonstration is over sooner. */
function isRotating({ session, binding }: ActiveSession): boolean {
  const isBound = isBindingOn() && binding !== null && session.boundAt !== null;
  return env().TOKEN_ROTATION > 0 && !isBound && !session.demonstration;
}
