import type { Command } from "commander";
import { withDatabaseConnection } from "@/cli/connect";

/** A command's result: a value for programs, and lines for people. */
export type Report = { json: unknown; lines: string[]; exit?: 0 | 1 };

/** The arguments that commander passes to a command: the command itself comes last. */
type Arguments = [...unknown[], Command];

/** Returns a commander action that runs `work` with a database connection, and prints its report. */
// biome-ignore lint/suspicious/noExplicitAny: commander passes the arguments that are declared beside it
export function reporting(work: (...args: any[]) => Promise<Report>): (...args: Arguments) => Promise<void> {
  return async (...args) => print(await withDatabaseConnection(() => work(...args)), args.at(-1) as Command);
}

/** Prints a report as one JSON document if `--json` is given, otherwise as lines. */
export function print({ json, lines, exit = 0 }: Report, command: Command): void {
  process.stdout.write(
    asksForJson(command) ? `${jsonText(json, 2)}\n` : lines.map((line) => `${harmless(line)}\n`).join(""),
  );
  if (exit !== 0) process.exitCode = exit;
}

export function asksForJson(command: Command): boolean {
  return command.optsWithGlobals().json === true;
}

// Control characters, characters that change the writing direction, and other invisible
// ones. ZWNJ and ZWJ stay, because names need them. A complete isolate without another
// invisible character also stays: it affects nothing outside it.
const UNSEEN =
  /\u2068(?:[\u200c\u200d]|[^\p{Cc}\p{Cf}\u2028\u2029\p{Cs}])*\u2069|(?!\r?\n|[\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu;

/**
 * Escapes invisible characters, so that a text cannot control the terminal. User agents
 * and names may contain escape sequences.
 */
export function harmless(text: string): string {
  return text.replace(UNSEEN, (found) => (found.startsWith("\u2068") && found.length > 1 ? found : escaped(found)));
}

/** JSON that cannot control the terminal. The value is the same, with invisible characters escaped. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at))}`).join("");
}

function hex(code: number): string {
  return code.toString(16).padStart(4, "0");
}
