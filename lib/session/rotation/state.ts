import { env } from "@/lib/env";
import { isBindingOn } from "@/lib/session/dbsc/on";
import type { ActiveSession, Turned } from "@/lib/session/store/contract";
import { judgeTurn, unturned } from "./rule";
import { shownTurn } from "./turn";

/** What a session's cookies show: a copy, or what to store and which turn to offer. */
type TurnState = { isReplay: true } | { isReplay: false; turned: Turned | null; offered: number | null };

/** What a request with this cookie shows of a session with this token. */
export function turnState(found: ActiveSession, token: string, cookie: string | null): TurnState {
  const { rotation, session, now } = found;
  if (!isRotating(found)) return { isReplay: false, turned: null, offered: null };
  const its = rotation ?? unturned(session.confirmedAt);
  const judged = judgeTurn(its, shownTurn(cookie, token), { now, every: env().TOKEN_ROTATION });
  if (judged.isReplay) return judged;
  return { ...judged, turned: judged.next && { from: rotation, to: judged.next } };
}

/** Whether a session's cookie turns. That of a bound session needs a proof instead, and a demonstration is over sooner. */
function isRotating({ session, binding }: ActiveSession): boolean {
  const isBound = isBindingOn() && binding !== null && session.boundAt !== null;
  return env().TOKEN_ROTATION > 0 && !isBound && !session.demonstration;
}
