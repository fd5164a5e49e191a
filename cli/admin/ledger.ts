import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { withDatabaseConnection } from "@/cli/connect";
import { allFullActivity, type FullEntry, listFullActivity } from "@/lib/ledger/activity";
import { COLUMNS } from "@/lib/ledger/csv";
import { asText, type Format } from "@/lib/ledger/file";
import type { Kind } from "@/lib/ledger/lines";
import { follow } from "./follow";
import { filled, kindOption, numberFrom, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { asksForJson, harmless, jsonText, print } from "./report";
import { momentText } from "./table";

/** `latchkey ledger …`: the record of what happened. */
export function addLedgerCommands(program: Command): void {
  const ledger = program.command("ledger").summary("shows and exports the record of what happened");
  ledger
    .usage("<command> [options]")
    .helpCommand(false)
    .description("Shows and exports the ledger: the record of sign-ins, failures, endings and changes.");
  addTail(ledger);
  addExport(ledger);
}

type Chosen = { user?: string; kind?: Kind | null };

function choosing(command: Command): Command {
  return command.option("--user <user>", `only what concerns one user: ${USER}`, filled).addOption(kindOption());
}

function addTail(ledger: Command): void {
  choosing(
    ledger
      .command("tail")
      .summary("shows what happened last, and what happens next")
      .description("Shows what happened last, the newest at the end. Times are in UTC."),
  )
    .option("-n, --lines <number>", "so many", numberFrom(0), 20)
    .option("-f, --follow", "then what happens, within a second, until Ctrl-C")
    .addHelpText(
      "after",
      `
With --follow, --json prints one document a line.

Examples:
  npm run latchkey -- ledger tail --user ada@example.com
  npm run latchkey -- ledger tail --follow --kind failures`,
    )
    .action((options: Tail, command: Command) => withDatabaseConnection(() => tail(options, command)));
}

type Tail = Chosen & { lines: number; follow?: true };

async function tail({ lines, follow: isFollowing, user, kind = null }: Tail, command: Command): Promise<void> {
  const userId = user ? (await requireUser(user)).id : null;
  const { items } = await readPages(Math.max(lines, 1), async (after, size) => {
    const { entries, next } = await listFullActivity(userId, { kind, before: after ? BigInt(after) : null }, size);
    return { items: entries, next };
  });
  const last = items.slice(0, lines).reverse();
  const isJson = asksForJson(command);
  if (!isFollowing) return print({ json: { entries: last }, lines: last.flatMap(describeEntry) }, command);

  const show = (entry: FullEntry) =>
    process.stdout.write(
      isJson
        ? `${jsonText(entry)}\n`
        : describeEntry(entry)
            .map((line) => `${harmless(line)}\n`)
            .join(""),
    );
  last.forEach(show);
  await follow({ userId, kind, after: BigInt(items[0]?.id ?? 0) }, show);
}

/** In two lines, so that it has room in 80 characters. */
function describeEntry({ at, what, user, byUser, address, browser, system, note }: FullEntry): string[] {
  const client = system ? `${browser} on ${system}` : browser;
  const facts = [
    user ?? "nobody known",
    address,
    client,
    byUser && byUser !== user && `by ${byUser}`,
    note && `“${note}”`,
  ];
  return [`${momentText(at, "second")}  ${what}`, `    ${facts.filter(Boolean).join("  ")}`];
}

function addExport(ledger: Command): void {
  choosing(
    ledger
      .command("export")
      .summary("writes the whole ledger, as CSV or JSON")
      .description(
        "Writes the whole ledger, the newest line first, as it is read: however long it is, it takes little memory. It has addresses of people in it: keep it accordingly.",
      ),
  )
    .addOption(
      new Option("--format <format>", "of what is written (default: csv, or with --json json)").choices([
        "csv",
        "json",
      ]),
    )
    .option("--output <file>", "writes to this file, whole or not at all; only you may read it", filled)
    .addHelpText(
      "after",
      `
Examples:
  npm run latchkey -- ledger export --output ledger.csv
  npm run -s latchkey -- ledger export --kind failures --format json | jq length`,
    )
    .action((options: Export, command: Command) => withDatabaseConnection(() => exportLedger(options, command)));
}

type Export = Chosen & { format?: Format; output?: string };

async function exportLedger({ format, output, user, kind = null }: Export, command: Command): Promise<void> {
  const userId = user ? (await requireUser(user)).id : null;
  const counted = counting(allFullActivity(userId, kind));
  const text = asText(counted.parts, format ?? (asksForJson(command) ? "json" : "csv"), COLUMNS.full);
  const source = Readable.from(madeHarmless(text));
  if (!output) return pipeline(source, process.stdout, { end: false });

  // Named from where the person is, and not from the folder of the project.
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), output);
  await writeWhole(file, source);
  const entries = counted.sofar();
  print({ json: { file, entries }, lines: [`${entries} entries are in ${file}.`] }, command);
}

/** The same parts, counted as they go by. */
function counting<Entry>(parts: AsyncIterable<Entry[]>): { parts: AsyncIterable<Entry[]>; sofar(): number } {
  let count = 0;
  async function* counted() {
    for await (const part of parts) {
      count += part.length;
      yield part;
    }
  }
  return { parts: counted(), sofar: () => count };
}

async function* madeHarmless(text: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const part of text) yield harmless(part);
}

/** Writes to a file beside it first: what breaks off half-way leaves what was there. */
async function writeWhole(file: string, source: Readable): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(source, createWriteStream(part, { mode: 0o600 }));
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
