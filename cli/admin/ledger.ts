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
import { ENGLISH } from "@/lib/words";
import { follow } from "./follow";
import { filled, kindOption, numberFrom, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { asksForJson, harmless, jsonText, print } from "./report";
import { momentText } from "./table";

/** `latchkey ledger …`: shows and exports the record of security events. */
export function addLedgerCommands(program: Command): void {
  const ledger = program.command("ledger").summary("Show and export the record of security events");
  ledger
    .usage("<command> [options]")
    .helpCommand(false)
    .description("Show and export the ledger: the record of log-ins, failures, ended sessions and changes.");
  addTail(ledger);
  addExport(ledger);
}

type Chosen = { user?: string; kind?: Kind | null };

function choosing(command: Command): Command {
  return command.option("--user <user>", `Only entries about one user: ${USER}`, filled).addOption(kindOption());
}

function addTail(ledger: Command): void {
  choosing(
    ledger
      .command("tail")
      .summary("Show the latest entries, and follow new ones")
      .description("Show the latest entries, newest last. Times are in UTC."),
  )
    .option("-n, --lines <number>", "Number of entries", numberFrom(0), 20)
    .option("-f, --follow", "Keep showing new entries until Ctrl-C")
    .addHelpText(
      "after",
      `
With --follow, --json prints one document per line.

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
    const { entries, next } = await listFullActivity(
      userId,
      { kind, before: after ? BigInt(after) : null },
      ENGLISH,
      size,
    );
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

/** Formats an entry as two lines, which fit into 80 columns. */
function describeEntry({ at, what, user, byUser, address, browser, system, note }: FullEntry): string[] {
  const client = system ? `${browser} on ${system}` : browser;
  const facts = [
    user ?? "unknown user",
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
      .summary("Export the whole ledger as CSV or JSON")
      .description(
        "Export the whole ledger, newest entries first. It is streamed, so memory use stays low. It contains email and IP addresses, so store it safely.",
      ),
  )
    .addOption(
      new Option("--format <format>", "Output format (default: csv, or json with --json)").choices(["csv", "json"]),
    )
    .option(
      "--output <file>",
      "Write to this file, which only you can read; a failed export leaves it unchanged",
      filled,
    )
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
  const counted = counting(allFullActivity(userId, { kind }));
  const text = asText(counted.parts, format ?? (asksForJson(command) ? "json" : "csv"), COLUMNS.full);
  const source = Readable.from(madeHarmless(text));
  if (!output) return pipeline(source, process.stdout, { end: false });

  // Relative to the user's current folder. npm changes to the project's folder.
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), output);
  await writeWhole(file, source);
  const entries = counted.sofar();
  print({ json: { file, entries }, lines: [`Exported ${entries} entries to ${file}.`] }, command);
}

/** Passes the parts through, and counts their entries. */
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

/** Writes to a temporary file first, so that a failed export leaves an existing file unchanged. */
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
