import type { Command } from "commander";
import { withDatabaseConnection } from "@/cli/connect";

/** What a command came to: as a value for programs, and as lines for people. */
export type Report = { json: unknown; lines: string[]; exit?: 0 | 1 };

/** What every command is given at the end of its arguments. */
type Arguments = [...unknown[], Command];

/** Makes of `work` what commander calls: does it on the database, and prints what it came to. */
// biome-ignore lint/suspicious/noExplicitAny: what commander passes on is what was declared beside it
export function reporting(work: (...args: any[]) => Promise<Report>): (...args: Arguments) => Promise<void> {
  return async (...args) => print(await withDatabaseConnection(() => work(...args)), args.at(-1) as Command);
}

/** Prints a report as was asked for: as one document of JSON, or as lines. */
export function print({ json, lines, exit = 0 }: Report, command: Command): void {
  process.stdout.write(
    asksForJson(command) ? `${jsonText(json, 2)}\n` : lines.map((line) => `${harmless(line)}\n`).join(""),
  );
  if (exit !== 0) process.exitCode = exit;
}

export function asksForJson(command: Command): boolean {
  return command.optsWithGlobals().json === true;
}

// Control characters, those that turn the direction of writing, and what else
// is not seen. ZWNJ and ZWJ stay: names are written with them.
// So does a whole isolate without another of them, which turns nothing outside of it.
const UNSEEN =
  /\u2068(?:[\u200c\u200d]|[^\p{Cc}\p{Cf}\u2028\u2029\p{Cs}])*\u2069|(?!\r?\n|[\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu;

/**
 * A text that does nothing to a terminal but stand in it. What a browser calls
 * itself, and what somebody is called, may hold an escape sequence.
 */
export function harmless(text: string): string {
  return text.replace(UNSEEN, (found) => (found.startsWith("\u2068") && found.length > 1 ? found : escaped(found)));
}

/** JSON that does nothing to a terminal either: the same value, written in other letters. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at))}`).join("");
}

function hex(code: number): string {
  return code.toString(16).padStart(4, "0");
}
