import { existsSync, readdirSync } from "node:fs";
import type { Bench, Case } from "@/bench/case";
import { withBench } from "@/bench/environment";
import { describeMachine } from "@/bench/report/machine";
import { section } from "@/bench/report/tables";
import { type Measured, write } from "@/bench/report/write";
import { step, UserError, WrongArguments } from "@/lib/terminal";

const RESULTS = "bench/results";

/** The cases that a run without names measures, in this order. The last ones leave large tables behind. */
export const ALL = [
  ...["session", "dashboard", "anonymous", "log-in", "flood", "live", "revoke", "stores", "failover"],
  ...["sweep", "look-up"],
];

/**
 * `npm run bench`: measures Latchkey, its peers and the bare limit, and writes tables
 * and charts into bench/results. `npm run bench NAME …` measures only these cases,
 * and only prints. With `--quick`, results are rough and go to bench/results/quick.
 */
export async function main(args: string[]): Promise<void> {
  if (process.platform !== "linux") throw new UserError("Benchmarks read /proc, so they run only on Linux.");
  const names = args.filter((arg) => arg !== "--quick");
  const isQuick = args.length > names.length;
  const unknown = names.find((name) => !/^[\w-]+$/.test(name) || !existsSync(`bench/cases/${name}.ts`));
  if (unknown) throw new WrongArguments(`The case "${unknown}" does not exist. Cases: ${listCases().join(", ")}.`);

  const started = Date.now();
  await withBench({ isQuick }, async (bench) => {
    const results: Measured[] = [];
    for (const name of names.length > 0 ? names : ALL) results.push(await run(name, bench));
    const minutes = ((Date.now() - started) / 60_000).toFixed(1);
    if (names.length > 0) return;
    const folder = isQuick ? `${RESULTS}/quick` : RESULTS;
    write(folder, { ...(await describeMachine()), Duration: `${minutes} minutes` }, results);
    console.log(`\n  Results   ${folder}/results.md\n`);
  });
  process.exit();
}

async function run(name: string, bench: Bench): Promise<Measured> {
  const it = await loadCase(name);
  const result = await step(it.title, () => it.measure(bench));
  console.log(`\n${section(it, result)}\n`);
  return { name, case: it, result };
}

/** Loads a case by its name. */
export async function loadCase(name: string): Promise<Case> {
  const { default: it }: { default: Case } = await import(`../../bench/cases/${name}`);
  return it;
}

/** The names of all cases. */
export function listCases(): string[] {
  return readdirSync("bench/cases").map((file) => file.replace(/\.ts$/, ""));
}
