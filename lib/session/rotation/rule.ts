import { MINUTE } from "@/lib/env";

// Browsers that cannot sign get a new cookie every `TOKEN_ROTATION`: the next generation. A browser keeps only the newest
// one, so a request with an earlier one comes from a copy. This rule decides from when on (decision 40).

/** The newest generation of a session's cookie, as its browser has shown. */
export type Rotation = {
  /** The newest generation that was used. A log-in begins with generation 0. */
  generation: number;
  /** When it was first used, or when the previous generation last came back; in milliseconds since 1970. */
  since: number;
  /** The client to which its cookie was given, once the generation has settled: from then on no other cookie counts. */
  client: string | null;
  /** How often the previous generation came back so late that it began to settle anew. */
  returns: number;
  /** The client with which the previous generation had settled. Missing if it had none, or if that is not known. */
  previous?: string;
};

/** The generation of a request's cookie, and the client to which the server gave it; generation 0 has none. */
export type Shown = { generation: number; client: string | null };

export type Judgement =
  /** The cookie is out of date, so two clients use this session. */
  | { verdict: "replay" }
  /** The cookie was the newest one a moment ago, and the client is the one that has the newest now. */
  | { verdict: "late" }
  /** `next` is what to store, if anything. `offered` is the generation that the response may carry, or null. */
  | { verdict: "good"; next: Rotation | null; offered: number | null };

/**
 * How long a new generation is in use before the previous one no longer counts, in milliseconds. Browsers write new
 * cookies to the disk within half a minute: one that crashes before that comes back with the old cookie.
 */
export const SETTLING = MINUTE;

/** How much of `SETTLING` may have passed when the previous generation comes back. Later, it begins anew. */
const EARLY = SETTLING / 2;

/**
 * How late a request may arrive, in milliseconds after the next generation was first used. A proxy sends a request to
 * another instance after a minute, and an instance that has stood still answers what it received before that.
 */
const LATEST = 5 * MINUTE;

/** How often it may begin anew. A thief could otherwise keep the previous generation for ever. */
const MOST_RETURNS = 3;

/** The rotation of a session whose cookie has not rotated since this moment. */
export function unrotated(since: Date): Rotation {
  return { generation: 0, since: since.getTime(), client: null, returns: 0 };
}

/** A request: the store's time, the client by its address and user agent, and how long a generation lasts, in milliseconds. */
type Request = { now: Date; client: string; every: number };

/**
 * What a cookie means for a session.
 *
 * Offering a generation changes nothing. A session rotates when a cookie of the next generation comes. So a lost response
 * costs nothing, nor does a page that nobody looks at.
 */
export function judgeRotation(its: Rotation, shown: Shown, { now, client, every }: Request): Judgement {
  const at = now.getTime();
  const age = at - its.since;
  const isSettled = its.generation === 0 || its.client !== null;

  // The store may not know of this generation yet, or no longer, after a crash or a backup.
  if (shown.generation > its.generation) {
    const isNext = shown.generation === its.generation + 1;
    const previous = isNext && its.client ? { previous: its.client } : {};
    return fine({ next: { generation: shown.generation, since: at, client: null, returns: 0, ...previous } });
  }

  if (shown.generation === its.generation && isSettled) {
    if (shown.client !== its.client) return { verdict: "replay" };
    return fine({ offered: age >= every ? its.generation + 1 : null });
  }
  if (shown.generation === its.generation)
    return fine({ next: age >= SETTLING ? { ...its, client: shown.client } : null });

  // A thief who comes only while the previous generation counts has another cookie of it than the browser.
  const isPrevious = shown.generation === its.generation - 1 && (!its.previous || shown.client === its.previous);
  if (!isPrevious) return { verdict: "replay" };
  if (isSettled) return { verdict: its.client === client && age < LATEST ? "late" : "replay" };
  // It has lost the newer cookie in a crash, and more of its requests may be under way.
  const isReturn = age >= EARLY && its.returns < MOST_RETURNS;
  return fine({ next: isReturn ? { ...its, since: at, returns: its.returns + 1 } : null, offered: its.generation });
}

function fine({ next = null, offered = null }: { next?: Rotation | null; offered?: number | null }): Judgement {
  return { verdict: "good", next, offered };
}
