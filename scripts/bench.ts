import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { Bench, Case, Result } from "@/bench/case";
import { draw } from "@/bench/report/chart";
import { describeMachine } from "@/bench/report/machine";
import { section } from "@/bench/report/tables";
import { withBench } from "@/bench/surroundings";
import { Refusal, step } from "./console";

const RESULTS = "bench/results";

/** What a run without a name measures, in this order: the last leave large tables behind. */
const ALL = ["session", "dashboard", "anonymous", "log-in", "flood", "live", "revoke", "sweep", "look-up"];

/**
 * `npm run bench`: measures ours beside its peers and the limit, and writes tables
 * and pictures into bench/results. `npm run bench NAME …` measures these cases
 * alone and only prints. With `--quick` the figures are rough, and kept apart.
 */
export async function main(args: string[]): Promise<void> {
  if (process.platform !== "linux") throw new Refusal("The measurements read /proc, so they need Linux.");
  const names = args.filter((arg) => arg !== "--quick");
  const isQuick = args.length > names.length;
  const unknown = names.find((name) => !/^[\w-]+$/.test(name) || !existsSync(`bench/cases/${name}.ts`));
  if (unknown) throw new Refusal(`There is no case "${unknown}": ${listCases().join(", ")}`);

  const started = Date.now();
  await withBench({ isQuick }, async (bench) => {
    const results: [name: string, Case, Result][] = [];
    for (const name of names.length > 0 ? names : ALL) results.push(await run(name, bench));
    const minutes = ((Date.now() - started) / 60_000).toFixed(1);
    if (names.length === 0) await write(isQuick ? `${RESULTS}/quick` : RESULTS, results, minutes);
  });
  process.exit();
}

async function run(name: string, bench: Bench): Promise<[name: string, Case, Result]> {
  const { default: it }: { default: Case } = await import(`../bench/cases/${name}`);
  const result = await step(it.title, () => it.measure(bench));
  console.log(`\n${section(it, result)}\n`);
  return [name, it, result];
}

async function write(folder: string, results: [name: string, Case, Result][], minutes: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const machine = { ...(await describeMachine()), "The run took": `${minutes} minutes` };
  for (const chart of results.flatMap(([, , { charts }]) => charts))
    writeFileSync(`${folder}/${chart.file}.svg`, draw(chart));

  const raw = Object.fromEntries(results.map(([name, , { raw, notes }]) => [name, { raw, notes }]));
  writeFileSync(`${folder}/latest.json`, `${JSON.stringify({ machine, ...raw }, null, 1)}\n`);
  const surroundings = Object.entries(machine).map(([what, value]) => `| ${what} | ${value} |`);
  const head = `# Measured\n\nHow, and how it was made fair: [docs/performance.md](../../docs/performance.md). A figure is the median of the rounds, with the\nleast and the greatest.\n\n| | |\n| --- | --- |\n${surroundings.join("\n")}`;
  writeFileSync(
    `${folder}/results.md`,
    `${[head, ...results.map(([, it, result]) => section(it, result))].join("\n\n")}\n`,
  );
  console.log(`\n  Results   ${folder}/results.md\n`);
}

function listCases(): string[] {
  return readdirSync("bench/cases").map((file) => file.replace(/\.ts$/, ""));
}
