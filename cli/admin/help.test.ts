import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { program } from "./";

/** The output of a command's `--help`. */
function helpOf(command: Command): string {
  let said = "";
  command.configureOutput({ ...command.configureOutput(), writeOut: (text) => (said += text) });
  command.outputHelp();
  return said.trim();
}

function commandsIn(command: Command, path: string[] = []): [path: string, help: string][] {
  const own: [string, string] = [path.join(" "), helpOf(command)];
  return [own, ...command.commands.flatMap((each) => commandsIn(each, [...path, each.name()]))];
}

const COMMANDS = commandsIn(program());
const DOCUMENT = readFileSync("docs/command-line.md", "utf8");

test.each(COMMANDS)("the help of `latchkey %s` is in docs/command-line.md, word for word", (_path, help) => {
  expect(DOCUMENT).toContain(`\n${help}\n`);
});

test.each(COMMANDS)("the help of `latchkey %s` fits into 80 columns", (_path, help) => {
  expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test.each(COMMANDS.filter(([path]) => !["user", "session", "ledger"].includes(path)))(
  "the help of `latchkey %s` has an example",
  (_path, help) => {
    expect(help).toMatch(/\nExamples?:\n/);
  },
);
