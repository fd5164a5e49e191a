import { env } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { isBindingOn } from "@/lib/session/dbsc/on";
import type { ActiveSession, Rotated } from "@/lib/session/store/contract";
import { clientName, shownGeneration } from "./cookie";
import { judgeRotation, unrotated } from "./rule";

/** What a session's cookies show: a copy, a request of long ago, or what to store and which generation to offer. */
type RotationState =
  | { verdict: "replay" }
  | { verdict: "late" }
  | { verdict: "good"; rotated: Rotated | null; offered: number | null };

/** What a request of this client with this cookie shows of a session with this token. */
export function rotationState(
  found: ActiveSession,
  token: string,
  { generation, client }: { generation: string | null; client: Client },
): RotationState {
  const { rotation, session, now } = found;
  if (!isRotating(found)) return { verdict: "good", rotated: null, offered: null };
  const its = rotation ?? unrotated(session.confirmedAt);
  const request = { now, client: clientName(client), every: env().TOKEN_ROTATION };
  const judged = judgeRotation(its, shownGeneration(generation, token), request);
  if (judged.verdict !== "good") return judged;
  return { ...judged, rotated: judged.next && { from: rotation, to: judged.next } };
}

/** Whether a session's cookie rotates. A bound session needs a proof instead, and a demonstration is over sooner. */
function isRotating({ session, binding }: ActiveSession): boolean {
  const isBound = isBindingOn() && binding !== null && session.boundAt !== null;
  return env().TOKEN_ROTATION > 0 && !isBound && !session.demonstration;
}
