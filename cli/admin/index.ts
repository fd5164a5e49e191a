// The command line for administrators. It needs no browser, and works while the web
// application is down. Each group of commands has its own file in cli/admin.

import process from "node:process";
import { Command } from "commander";
import { type Failure, failureOf } from "./failure";
import { addLedgerCommands } from "./ledger";
import { harmless, jsonText } from "./report";
import { addSessionCommands } from "./session";
import { addUpkeepCommands } from "./upkeep";
import { addUserCommands } from "./user";

/** The width of help texts in characters. The same on every terminal, so that a test can compare them. */
const HELP_WIDTH = 80;

/** `npm run latchkey -- …`: runs the command in the arguments, and exits with its status. */
export async function main(args: string[]): Promise<void> {
  // The reader of a pipe may close it early, as `head` does.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    process.exitCode = code === "EPIPE" ? 0 : 1;
    // Stop the Postgres that was started for this command first.
    if (!process.emit("SIGHUP")) process.exit();
  });
  process.exit(await run(args));
}

/** Runs the command in the arguments, and prints its result or its error. Returns the exit status. */
export async function run(args: string[]): Promise<number> {
  const isJson = args.includes("--json");
  try {
    await program({ isJson }).parseAsync(args, { from: "user" });
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.exit !== 0) say(failure, isJson);
    return failure.exit;
  }
  return Number(process.exitCode ?? 0);
}

/** Prints a failure on standard error, as JSON if requested. */
function say({ exit, message }: Failure, isJson: boolean): void {
  console.error(isJson ? jsonText({ error: message, exit }) : harmless(message));
  if (exit === 2 && !isJson) console.error("For usage, add --help.");
}

/** Defines all commands, with their arguments and help. */
export function program({ isJson = false } = {}): Command {
  const latchkey = new Command("npm run latchkey --")
    .description(
      "Manage Latchkey without a browser, even while the application is down. Needs the database. Changes apply at once.",
    )
    .usage("<command> [options]")
    .option("--json", "Print JSON, also for errors")
    .helpOption("-h, --help", "Show help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      // `run` prints all errors.
      outputError: () => {},
      ...(isJson && { writeErr: () => {} }),
    })
    .exitOverride()
    .addHelpText("after", ROOT_HELP);
  addUserCommands(latchkey);
  addSessionCommands(latchkey);
  addLedgerCommands(latchkey);
  addUpkeepCommands(latchkey);
  return latchkey;
}

const ROOT_HELP = `
Settings come from the environment and from .env, as for npm start.
Changes to accounts and sessions are recorded in the ledger, with the --reason.

Exit codes:
  0  Success, or nothing to change
  1  Failure, such as an unknown account, a taken address, the last
     administrator, or a problem that doctor found
  2  Invalid command, option or argument
  3  The database does not respond, or refuses the connection

Examples:
  npm run user:create -- --admin
  npm run latchkey -- session end --user ada@example.com --dry-run
  npm run latchkey -- session end --help

With --json, an error is JSON on standard error: {"error", "exit"}.
In scripts, silence npm with -s:
  npm run -s latchkey -- user list --json | jq '.users[].email'`;
