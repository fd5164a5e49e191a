import { setTimeout as pause } from "node:timers/promises";
import type { Case, Table } from "../case";
import { keepFiring } from "../fire";
import { type Load, load, quantileOf } from "../load";
import { range } from "../rounds";
import { shuffled, spread } from "../statistics";
import type { Target, TargetName } from "../targets/target";

const CONNECTIONS = 16;
/** Log-ins prepared for a flood. When all are used, it starts over. */
const LOG_INS = 500;

const NAMES: TargetName[] = ["latchkey", "latchkey-threadless", "better-auth", "next-auth-jwt", "express-session"];

type Measured = { target: TargetName; quiet: Load; during: Load; logIns: Record<string, number> };

export default {
  title: "GET /api/session during a flood of log-ins",
  about: `Four connections request the session, while ${CONNECTIONS} others post log-ins with the correct password, each after its last response. Hashing as in the log-in case.`,
  async measure(bench) {
    const { rounds, seconds } = bench.isQuick ? { rounds: 1, seconds: 1 } : { rounds: 3, seconds: 3 };
    const targets = await bench.targets(NAMES);
    for (const { url, signIn } of targets) await load(url, await signIn(), pause(seconds * 1000));

    const measured: Measured[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const target of shuffled(targets)) {
        bench.say(`round ${round} of ${rounds}, ${target.name}`);
        measured.push(await measureOnce(target, seconds * 1000));
      }
    }
    return result(targets, measured, this.title);
  },
} satisfies Case;

async function measureOnce({ name, url, signIn, logIns }: Target, duration: number): Promise<Measured> {
  if (!logIns) throw new Error(`${name} has no log-in`);
  const cookie = await signIn();
  const { asks } = await logIns(LOG_INS);
  const quiet = await load(url, cookie, pause(duration));

  const flood = keepFiring({ url, asks, connections: CONNECTIONS });
  await pause(duration / 4);
  const during = await load(url, cookie, pause(duration));
  const { statuses } = await flood.stop();
  return { target: name, quiet, during, logIns: statuses };
}

function result(targets: Target[], measured: Measured[], title: string): Awaited<ReturnType<Case["measure"]>> {
  const sets = targets.map((target) => {
    const rounds = measured.filter((each) => each.target === target.name);
    const of = (value: (round: Measured) => number) => spread(rounds.map(value));
    return { target, rounds, of };
  });
  const p99 = ({ during }: Measured) => quantileOf(during, 0.99);
  const table: Table = {
    title,
    head: ["", "quiet: p99 ms", "requests/s", "flooded: p99 ms", "requests/s", "not 200", "p99, flooded / quiet"],
    rows: sets.map(({ target, of }) => [
      target.title,
      range(
        of(({ quiet }) => quantileOf(quiet, 0.99)),
        0,
      ),
      range(
        of(({ quiet }) => quiet.times.length / quiet.seconds),
        0,
      ),
      range(of(p99), 0),
      range(
        of(({ during }) => during.times.length / during.seconds),
        0,
      ),
      String(of(({ during }) => during.failed).max),
      range(
        of((round) => p99(round) / quantileOf(round.quiet, 0.99)),
        1,
      ),
    ]),
  };
  return {
    tables: [table],
    charts: [
      {
        file: "flood",
        title,
        unit: "p99 response time in ms (lower is better)",
        bars: sets.map(({ target, of }) => ({ label: target.title, isOurs: target.name === "latchkey", ...of(p99) })),
      },
    ],
    notes: sets.map(
      ({ target, rounds }) =>
        `Log-ins by status, ${target.title}: ${rounds.map(({ logIns }) => JSON.stringify(logIns)).join(", ")}`,
    ),
    raw: measured.map(({ quiet, during, ...rest }) => ({ ...rest, quiet: summary(quiet), during: summary(during) })),
  };
}

function summary(measured: Load) {
  const { times, failed, seconds } = measured;
  const [median, p99, worst] = [0.5, 0.99, 1].map((share) => quantileOf(measured, share));
  return { requests: times.length, failed, seconds, median, p99, worst };
}
