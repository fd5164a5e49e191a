// Sends the same requests to each target in interleaved rounds, and measures their cost.

import { availableParallelism, loadavg } from "node:os";
import type { Bench, Chart, Result, Spread, Table } from "./case";
import { type Ask, fire, generator } from "./fire";
import { busyTime, memoryOf, processorTime } from "./processes";
import { quantile, shuffled, spread } from "./statistics";
import type { Target, TargetName } from "./targets/target";

const CONNECTIONS = 32;

/** The measurements of one round. `server`, `postgres` and `redis` are CPU milliseconds per request. */
export type Round = {
  target: TargetName;
  server: number;
  postgres: number;
  redis: number;
  perSecond: number;
  median: number;
  p99: number;
  /** Resident memory of the server at the end of the round, in megabytes. */
  memory: number;
  /** Average size of a response with its head, in bytes. */
  bytes: number;
  /** The share of the machine's CPU time that other programs used: neither the target, nor Postgres, nor the measurement. */
  others: number;
  loadAverage: number;
  /** Why the round is discarded, or null. */
  invalid: string | null;
};

type Plan = {
  names: TargetName[];
  /** Further targets, which the case has started itself. */
  others?: Target[];
  /** The number of requests to each target before the first round. */
  warmUp: number;
  rounds: number;
  /** The number of requests in a round. */
  amount: number;
  connections?: number;
  /** The requests of a round, sent in turn, and the status that each response must have. */
  ask(target: Target, amount: number): Promise<{ asks: Ask[]; status: number }>;
};

/** Warms up all targets equally, then measures them in rounds, each in random order. */
export async function interleave(bench: Bench, plan: Plan): Promise<Round[]> {
  const targets = [...(await bench.targets(plan.names)), ...(plan.others ?? [])];
  for (const target of targets) {
    bench.say(`warming up ${target.name}`);
    await measureRound(bench, target, plan, plan.warmUp);
  }

  const measured: Round[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for (const target of shuffled(targets)) {
      bench.say(`round ${round} of ${plan.rounds}, ${target.name}`);
      measured.push(await measureRound(bench, target, plan, plan.amount));
    }
  }
  return measured;
}

async function measureRound(bench: Bench, target: Target, plan: Plan, amount: number): Promise<Round> {
  const { asks, status } = await plan.ask(target, amount);
  const { url } = target;
  const load = { url, asks, connections: plan.connections ?? CONNECTIONS };
  // The target's idle connections to Postgres may have been closed meanwhile. Reopen them before measuring.
  await fire({ ...load, amount: load.connections });
  const before = readClocks(bench, target);
  const { times, statuses, errors, bytes, seconds } = await fire({ ...load, amount });
  const after = readClocks(bench, target);

  const spent = (who: keyof typeof after) => after[who] - before[who];
  const ours = spent("server") + spent("postgres") + spent("redis") + spent("measurement");
  const wrong = Object.entries(statuses).filter(([got]) => Number(got) !== status);
  if (errors > 0) wrong.push(["no response", errors]);
  return {
    target: target.name,
    server: spent("server") / times.length,
    postgres: spent("postgres") / times.length,
    redis: spent("redis") / times.length,
    perSecond: times.length / seconds,
    median: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    memory: memoryOf(target.pid),
    bytes: bytes / times.length,
    others: Math.max(0, spent("busy") - ours) / (spent("time") * availableParallelism()),
    loadAverage: loadavg()[0] ?? 0,
    invalid:
      wrong.length > 0 ? `${wrong.map(([got, count]) => `${count} × ${got}`).join(", ")} instead of ${status}` : null,
  };
}

function readClocks({ postgres }: Bench, { pid, redis }: Target) {
  return {
    server: processorTime(pid),
    postgres: processorTime(postgres),
    redis: redis ? processorTime(redis) : 0,
    measurement: processorTime(generator().pid ?? 0) + (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    busy: busyTime(),
    time: performance.now(),
  };
}

/** Compares the rounds of all targets in tables and charts. The charts' file names begin with `file`. */
export function compare(rounds: Round[], targets: Target[], { title, file }: { title: string; file: string }): Result {
  const sets = targets.map((target) => {
    const valid = rounds.filter((round) => round.target === target.name && !round.invalid);
    const of = (value: (round: Round) => number) => spread(valid.map(value));
    return { target, valid, of, cost: of(costOf) };
  });
  const bare = sets.find(({ target }) => target.name === "bare");
  const ours = sets.find(({ target }) => target.name === "latchkey");

  const figures: Table = {
    title,
    head: [
      "",
      "CPU ms/request",
      "of which server",
      "Postgres",
      "requests/s",
      "median ms",
      "p99 ms",
      "memory MB",
      "response kB",
      "other load",
    ],
    rows: sets.map(({ target, cost, of }) => [
      target.title,
      range(cost, 2),
      range(
        of(({ server }) => server),
        2,
      ),
      range(
        of(({ postgres }) => postgres),
        2,
      ),
      range(
        of(({ perSecond }) => perSecond),
        0,
      ),
      range(
        of(({ median }) => median),
        0,
      ),
      range(
        of(({ p99 }) => p99),
        0,
      ),
      of(({ memory }) => memory).median.toFixed(0),
      (of(({ bytes }) => bytes).median / 1000).toFixed(1),
      `${(of(({ others }) => others).median * 100).toFixed(0)} %`,
    ]),
  };
  const ratios: Table = {
    title: `${title}: ratios of the medians`,
    head: [
      "",
      ...(bare ? ["CPU time / the limit's", "requests/s / the limit's"] : []),
      "CPU time / Latchkey's",
      "requests/s / Latchkey's",
    ],
    rows: sets.map(({ target, cost, of }) => [
      target.title,
      ...[bare, ours].flatMap((other) =>
        other
          ? [
              ratio(cost.median, other.cost.median),
              ratio(of(({ perSecond }) => perSecond).median, other.of(({ perSecond }) => perSecond).median),
            ]
          : [],
      ),
    ]),
  };

  const chart = (kind: string, unit: string, value: (round: Round) => number): Chart => ({
    file: `${file}-${kind}`,
    title,
    unit,
    bars: sets.map(({ target, of }) => ({ label: target.title, isOurs: target.name === "latchkey", ...of(value) })),
  });
  return {
    tables: [figures, ratios],
    charts: [
      chart("processor", "CPU time per request in ms, server and Postgres (lower is better)", costOf),
      chart("throughput", "requests per second (higher is better)", ({ perSecond }) => perSecond),
    ],
    notes: [
      ...rounds.flatMap(({ target, invalid }) => (invalid ? [`A round of ${target} was discarded: ${invalid}.`] : [])),
      `Load average of the machine during the rounds: ${range(spread(rounds.map(({ loadAverage }) => loadAverage)), 1)}.`,
    ],
    raw: rounds,
  };
}

function costOf({ server, postgres }: Round): number {
  return server + postgres;
}

/** Formats a median with its minimum and maximum. */
export function range({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function ratio(one: number, other: number): string {
  return other > 0 ? `${(one / other).toFixed(2)} ×` : "–";
}
