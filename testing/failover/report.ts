import { expect } from "vitest";
import { addLine } from "@/testing/failover-table";
import type { Tally } from "./load";

/** How often each fault happens. */
export const RUNS = Number(process.env.RUNS ?? 1);

/** How long a run may take, in milliseconds. A quarter of a minute is usual, but a busy machine is not broken. */
export const PATIENCE = 240_000;

/** Decision 28: a look-up waits for Redis at most a second. The rest is for the look-up in Postgres. */
const LONGEST = 1500;

/** Adds a line for the runs of a fault. Times are the longest, and the time until all is as before its median. */
export function record(fault: string, runs: Tally[]): void {
  const sum = (name: "logIns" | "lost" | "endings" | "alive" | "lookUps" | "refused" | "failed" | "stalled") =>
    runs.reduce((total, run) => total + run[name], 0);
  const most = (name: "longest" | "longestOwn") => Math.max(...runs.map((run) => run[name])).toFixed(0);
  const away = runs.map((run) => run.away).sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
  const counts = [runs.length, sum("logIns"), sum("lost"), sum("endings"), sum("alive")];
  const more = [sum("lookUps"), sum("refused"), sum("failed"), sum("stalled"), most("longest"), most("longestOwn")];
  addLine([fault, ...[...counts, ...more].map(String), (away / 1000).toFixed(1)]);
}

/** Expects that a fault harmed nobody. */
export function expectNoHarm({ lost, alive, refused, failed, longestOwn, errors }: Tally): void {
  expect({ lost, alive, refused, failed, errors }).toEqual({ lost: 0, alive: 0, refused: 0, failed: 0, errors: [] });
  expect(longestOwn).toBeLessThan(LONGEST);
}

/** Plays a fault until it brings an ended session back, at most five times more than the others are played. */
export async function playUntilHarm(once: () => Promise<Tally>): Promise<Tally[]> {
  const runs: Tally[] = [];
  do runs.push(await once());
  while (runs.length < RUNS || (runs.length < RUNS + 5 && runs.every(({ alive }) => alive === 0)));
  return runs;
}
