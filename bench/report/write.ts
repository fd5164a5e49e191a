import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Case, Result } from "../case";
import { draw } from "./chart";
import { section } from "./tables";

export type Measured = { name: string; case: Case; result: Result };

/** Writes the tables, an SVG file per chart, and the raw measurements into `folder`. */
export function write(folder: string, machine: Record<string, string>, measured: Measured[]): void {
  mkdirSync(folder, { recursive: true });
  for (const chart of measured.flatMap(({ result }) => result.charts))
    writeFileSync(`${folder}/${chart.file}.svg`, draw(chart));

  const raw = Object.fromEntries(measured.map(({ name, result: { raw, notes } }) => [name, { notes, raw }]));
  writeFileSync(`${folder}/latest.json`, `${JSON.stringify({ machine, ...raw }, null, 1)}\n`);

  const sections = measured.map((each) => section(each.case, each.result));
  writeFileSync(`${folder}/results.md`, `${[...head(folder, machine), ...sections].join("\n\n")}\n`);
}

function head(folder: string, machine: Record<string, string>): string[] {
  const how = relative(folder, "docs/performance.md");
  return [
    "# Results",
    `How these were measured: [docs/performance.md](${how}). Figures are the median of the rounds, with the minimum and maximum.`,
    ["| | |", "| --- | --- |", ...Object.entries(machine).map(([what, value]) => `| ${what} | ${value} |`)].join("\n"),
  ];
}
