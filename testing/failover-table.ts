// The measurements of all faults, one line each. The files that play them run at the same time, each in a process of its
// own, and cli/commands/test.ts prints one table when all are over.

import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { FOLDER } from "./settings";

const FILE = `${FOLDER}/failovers.md`;

const HEAD = [
  ...["fault", "runs", "log-ins", "lost", "endings", "alive again", "look-ups", "401", "503", "503 (stalled)"],
  ...["longest look-up, ms", "without the machine's part", "away, s"],
];

function lineOf(row: string[]): string {
  return `| ${row.join(" | ")} |\n`;
}

/** Deletes the lines of an earlier run. */
export function emptyTable(): void {
  rmSync(FILE, { force: true });
}

/** Adds a line. */
export function addLine(row: string[]): void {
  appendFileSync(FILE, lineOf(row));
}

/** All lines as a table in Markdown; empty if no fault was played. */
export function readTable(): string {
  if (!existsSync(FILE)) return "";
  const lines = readFileSync(FILE, "utf8").split(/(?<=\n)/);
  return [HEAD, HEAD.map(() => "---")].map(lineOf).join("") + lines.sort().join("");
}
