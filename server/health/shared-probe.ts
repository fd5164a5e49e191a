import { setTimeout as pause } from "node:timers/promises";

/**
 * Shares one probe between concurrent callers. At most one runs at a time.
 *
 * Its result is reused for `keeps` milliseconds. When the probe takes longer than
 * `patience` milliseconds, `otherwise` is the result.
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
