import { existsSync, readdirSync } from "node:fs";
import type { Bench, Case } from "@/bench/case";
import { withBench } from "@/bench/environment";
import { describeMachine } from "@/bench/report/machine";
import { section } from "@/bench/report/tables";
import { type Measured, write } from "@/bench/report/write";
import { step, UserError } from "@/lib/terminal";

const RESULTS = "bench/results";

/** What a run without a name measures, in this order: the last leave large tables behind. */
export const ALL = ["session", "dashboard", "anonymous", "log-in", "flood", "live", "revoke", "sweep", "look-up"];

/**
 * `npm run bench`: measures ours beside its peers and the limit, and writes tables
 * and pictures into bench/results. `npm run bench NAME …` measures these cases
 * alone and only prints. With `--quick` the figures are rough, and kept apart.
 */
export async function main(args: string[]): Promise<void> {
  if (process.platform !== "linux") throw new UserError("The measurements read /proc, so they need Linux.");
  const names = args.filter((arg) => arg !== "--quick");
  const isQuick = args.length > names.length;
  const unknown = names.find((name) => !/^[\w-]+$/.test(name) || !existsSync(`bench/cases/${name}.ts`));
  if (unknown) throw new UserError(`There is no case "${unknown}": ${listCases().join(", ")}`);

  const started = Date.now();
  await withBench({ isQuick }, async (bench) => {
    const results: Measured[] = [];
    for (const name of names.length > 0 ? names : ALL) results.push(await run(name, bench));
    const minutes = ((Date.now() - started) / 60_000).toFixed(1);
    if (names.length > 0) return;
    const folder = isQuick ? `${RESULTS}/quick` : RESULTS;
    write(folder, { ...(await describeMachine()), "The run took": `${minutes} minutes` }, results);
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

/** The case of this name. */
export async function loadCase(name: string): Promise<Case> {
  const { default: it }: { default: Case } = await import(`../../bench/cases/${name}`);
  return it;
}

/** The names of all cases. */
export function listCases(): string[] {
  return readdirSync("bench/cases").map((file) => file.replace(/\.ts$/, ""));
}
