import { MINUTE } from "@/lib/env";

// Browsers that cannot sign get a new cookie every `TOKEN_ROTATION`: the next turn. A cookie of an earlier turn is then a
// copy, because a browser keeps only the newest one. This rule decides from when on (decision 40).

/** How far a session's cookies have turned, as its browser has shown. */
export type Rotation = {
  /** The newest turn that was used. A log-in begins with turn 0. */
  turn: number;
  /** When it was first used, or when the turn before last came back; in milliseconds since 1970. */
  since: number;
  /** The client to which its cookie was given, once the turn has settled: from then on no other cookie counts. */
  client: string | null;
  /** How often the turn before came back so late that it began to settle anew. */
  returns: number;
};

/** The turn of a request's cookie, and the client to which the server gave it; turn 0 has none. */
export type Shown = { turn: number; client: string | null };

export type Judgement =
  /** The cookie is out of date, so two clients use this session. */
  | { isReplay: true }
  /** `next` is what to store, if anything. `offered` is the turn that the response may carry, or null. */
  | { isReplay: false; next: Rotation | null; offered: number | null };

/**
 * How long a turn is used before the one before no longer counts, in milliseconds. Browsers write new cookies to the disk
 * within half a minute: one that crashes comes back with the old cookie.
 */
export const SETTLING = MINUTE;

/** How much of `SETTLING` may have passed when the turn before comes back. Later, it begins anew. */
const EARLY = SETTLING / 2;

/** How often it may begin anew. A thief could otherwise keep the turn before for ever. */
const MOST_RETURNS = 3;

/** The rotation of a session whose cookie has not turned since this moment. */
export function unturned(since: Date): Rotation {
  return { turn: 0, since: since.getTime(), client: null, returns: 0 };
}

/**
 * What a cookie means for a session. `now` is the time of the store, and `every` is how long a turn lasts, in milliseconds.
 *
 * Offering a turn changes nothing. A session turns when a cookie of the next turn comes, so an answer that is lost, or a
 * page that nobody looks at, costs nothing.
 */
export function judgeTurn(its: Rotation, shown: Shown, { now, every }: { now: Date; every: number }): Judgement {
  const at = now.getTime();
  const isSettled = its.turn === 0 || its.client !== null;

  // The store may not know of this turn yet, or no longer, after a crash or a backup.
  if (shown.turn > its.turn) return fine({ next: { turn: shown.turn, since: at, client: null, returns: 0 } });

  if (shown.turn === its.turn && isSettled) {
    if (shown.client !== its.client) return { isReplay: true };
    return fine({ offered: at >= its.since + every ? its.turn + 1 : null });
  }
  const age = at - its.since;
  if (shown.turn === its.turn) return fine({ next: age >= SETTLING ? { ...its, client: shown.client } : null });

  if (shown.turn !== its.turn - 1 || isSettled) return { isReplay: true };
  // It has lost the newer cookie in a crash, and more of its requests may be under way.
  const isReturn = age >= EARLY && its.returns < MOST_RETURNS;
  return fine({ next: isReturn ? { ...its, since: at, returns: its.returns + 1 } : null, offered: its.turn });
}

function fine({ next = null, offered = null }: { next?: Rotation | null; offered?: number | null }): Judgement {
  return { isReplay: false, next, offered };
}
