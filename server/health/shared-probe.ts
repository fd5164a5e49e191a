import { setTimeout as pause } from "node:timers/promises";

/**
 * A look at something that many may ask for at once. One look is taken at a
 * time, for all who ask; what it saw is kept for `keeps`, and after `patience`
 * they are told `otherwise`. Milliseconds.
 */
export function sharedProbe<T>(
  look: () => Promise<T>,
  { keeps, patience, otherwise }: { keeps: number; patience: number; otherwise: T },
): () => Promise<T> {
  let seen: { result: Promise<T>; until: number } | null = null;

  return () => {
    if (seen && performance.now() < seen.until) return seen.result;

    const result = Promise.race([look(), pause(patience, otherwise, { ref: false })]);
    const mine = { result, until: Number.POSITIVE_INFINITY };
    seen = mine;
    const keep = () => {
      mine.until = performance.now() + keeps;
    };
    result.then(keep, keep);
    return result;
  };
}
