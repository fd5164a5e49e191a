// The command line: what administrators do without a browser, and while the web
// application is down. Each group of commands is a file in cli/admin.

import process from "node:process";
import { Command } from "commander";
import { type Failure, failureOf } from "./failure";
import { addLedgerCommands } from "./ledger";
import { harmless, jsonText } from "./report";
import { addSessionCommands } from "./session";
import { addUpkeepCommands } from "./upkeep";
import { addUserCommands } from "./user";

/** Every text of help is so wide, in characters, whatever the terminal is. */
const HELP_WIDTH = 80;

/** `npm run latchkey -- …`: does what the arguments say, and exits as `run` says. */
export async function main(args: string[]): Promise<void> {
  // Whoever reads our output may have seen enough of it, as `head` has.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    process.exitCode = code === "EPIPE" ? 0 : 1;
    // A Postgres that was started for the command is stopped first.
    if (!process.emit("SIGHUP")) process.exit();
  });
  process.exit(await run(args));
}

/** Does what the arguments say, and says what came of it. Returns what to exit with: 0, or as a Failure says. */
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

/** On standard error, in the form that was asked for. */
function say({ exit, message }: Failure, isJson: boolean): void {
  console.error(isJson ? jsonText({ error: message, exit }) : harmless(message));
  if (exit === 2 && !isJson) console.error("To see how it is called, add --help.");
}

/** The commands, and how each is called. */
export function program({ isJson = false } = {}): Command {
  const latchkey = new Command("npm run latchkey --")
    .description(
      "Administers Latchkey. It needs the database and no running application; what it ends is ended at once.",
    )
    .usage("<command> [options]")
    .option("--json", "prints one document of JSON, also of what went wrong")
    .helpOption("-h, --help", "shows this, or how a command is called")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      // Said by `main`, whatever it is.
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
Settings are read from the environment and from .env, as npm start reads them.
Whatever is done is in the ledger, with the reason that --reason gives.

Exit codes:
  0  done, or it was so already
  1  could not be done: there is no such account, the address is taken, it is
     the last administrator, or something has to be mended
  2  called in a wrong way
  3  the database does not answer

Examples:
  npm run user:create -- --admin
  npm run latchkey -- session end --user ada@example.com --dry-run
  npm run latchkey -- session end --help

With --json, what went wrong is JSON on standard error: {"error", "exit"}.
For programs, npm is told to be silent (-s):
  npm run -s latchkey -- user list --json | jq '.users[].email'`;
