import type { Command } from "commander";
import { describeDiagnosis, diagnose } from "@/cli/commands/doctor";
import { policyDocument, settingsOfPolicy } from "@/cli/commands/policy";
import { describeSweepable, describeSwept } from "@/cli/commands/sweep";
import type { Env } from "@/lib/env";
import { countAll, sweepAll } from "@/lib/jobs/sweeps";
import { type Lifetimes, policy } from "@/lib/session/policy";
import { print, type Report, reporting } from "./report";

/** `latchkey sweep`, `policy` and `doctor`: what `npm run sweep`, `policy` and `doctor` do. */
export function addUpkeepCommands(program: Command): void {
  program
    .command("sweep")
    .summary("deletes what is over, now")
    .description(
      "Deletes what is over: sessions, links, known browsers, counts of tries, and lines of the ledger that are too old. Running instances do so from time to time by themselves (SWEEP_INTERVAL). Nobody is signed out by it: what is over is refused anyway.",
    )
    .option("--dry-run", "says how much that would be, and deletes nothing")
    .addHelpText("after", "\nExample:\n  npm run latchkey -- sweep --dry-run")
    .action(reporting(sweep));
  program
    .command("policy")
    .summary("prints the session policy in force")
    .description(
      "Prints the session policy that the settings make: a document, or with --json the numbers, all lengths of time in seconds. Asks no database.",
    )
    .addHelpText("after", "\nExample:\n  npm run -s latchkey -- policy > session-policy.md")
    .action((_options: object, command: Command) => print(describePolicy(settingsOfPolicy()), command));
  program
    .command("doctor")
    .summary("examines settings and database, and says what to do")
    .description(
      "Examines settings, secret, database, migrations, clock, mail and administrators, and says what to do. Exits with 1 when something has to be mended, be it that the database does not answer.",
    )
    .addHelpText("after", "\nExample:\n  npm run latchkey -- doctor")
    .action(async (_options: object, command: Command) => {
      const diagnosis = await diagnose();
      print({ json: diagnosis, lines: describeDiagnosis(diagnosis), exit: diagnosis.isWell ? 0 : 1 }, command);
    });
}

async function sweep({ dryRun = false }: { dryRun?: boolean }): Promise<Report> {
  const amounts = dryRun ? await countAll() : await sweepAll();
  return { json: { dryRun, ...amounts }, lines: dryRun ? describeSweepable(amounts) : describeSwept(amounts) };
}

function describePolicy(settings: Env): Report {
  const { standard, publicComputer, administrator } = policy(settings);
  const { SESSION_PRESET, CONFIRM_LIFETIME, MAX_SESSIONS, AT_MAX_SESSIONS, SWEEP_INTERVAL } = settings;
  return {
    json: {
      preset: SESSION_PRESET,
      standard: inSeconds(standard),
      publicComputer: inSeconds(publicComputer),
      administrator: inSeconds(administrator),
      confirmLifetime: CONFIRM_LIFETIME / 1000,
      maxSessions: MAX_SESSIONS,
      atMaxSessions: AT_MAX_SESSIONS,
      sweepInterval: SWEEP_INTERVAL / 1000,
    },
    lines: [policyDocument(settings)],
  };
}

function inSeconds({ idle, total, touch }: Lifetimes): Lifetimes {
  return { idle: idle / 1000, total: total / 1000, touch: touch / 1000 };
}
