// Requests a session repeatedly while something else happens.

import { quantile } from "./statistics";

const CONNECTIONS = 4;

export const HEAD = ["", "requests/s", "median ms", "p99 ms", "slowest ms", "not 200"];

export type Load = { times: number[]; failed: number; seconds: number };

/** Requests the session repeatedly until `until` settles. Returns the response times in milliseconds. */
export async function load(url: string, cookie: string, until: Promise<unknown>): Promise<Load> {
  const times: number[] = [];
  let failed = 0;
  let isOver = false;
  const started = performance.now();
  const over = until.finally(() => {
    isOver = true;
  });

  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (!isOver) {
        const asked = performance.now();
        const answer = await fetch(`${url}/api/session`, { headers: { cookie } });
        await answer.arrayBuffer();
        times.push(performance.now() - asked);
        if (answer.status !== 200) failed++;
      }
    }),
  );
  await over;
  return { times: times.sort((a, b) => a - b), failed, seconds: (performance.now() - started) / 1000 };
}

/** The time within which the given share of the responses arrived, in milliseconds. */
export function quantileOf({ times }: Load, share: number): number {
  return quantile(times, share);
}

/** One row of a table with the columns of HEAD. */
export function row(title: string, measured: Load): string[] {
  const { times, failed, seconds } = measured;
  const at = (share: number) => quantileOf(measured, share).toFixed(1);
  return [title, String(Math.round(times.length / seconds)), at(0.5), at(0.99), at(1), String(failed)];
}
