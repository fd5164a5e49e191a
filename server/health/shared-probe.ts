import { setTimeout as pause } from "node:timers/promises";

/**
 * A probe that many callers may ask for at once. One runs at a time, for all of them.
 * Its result is reused for `keeps`; callers who have waited for `patience` get
 * `otherwise`. Milliseconds.
 */
export function sharedProbe<T>(
  probe: () => Promise<T>,
  { keeps, patience, otherwise }: { keeps: number; patience: number; otherwise: T },
): () => Promise<T> {
  let seen: { result: Promise<T>; until: number } | null = null;

  return () => {
    if (seen && performance.now() < seen.until) return seen.result;

    const result = Promise.race([probe(), pause(patience, otherwise, { ref: false })]);
    const mine = { result, until: Number.POSITIVE_INFINITY };
    seen = mine;
    const keep = () => {
      mine.until = performance.now() + keeps;
    };
    result.then(keep, keep);
    return result;
  };
}
