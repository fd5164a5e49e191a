import type { Command } from "commander";
import { describeDiagnosis, diagnose } from "@/cli/commands/doctor";
import { policyDocument, settingsOfPolicy } from "@/cli/commands/policy";
import { describeSweepable, describeSwept } from "@/cli/commands/sweep";
import type { Env } from "@/lib/env";
import { countAll, sweepAll } from "@/lib/jobs/sweeps";
import { type Lifetimes, policy } from "@/lib/session/policy";
import { print, type Report, reporting } from "./report";

/** `latchkey sweep`, `policy` and `doctor`: the same as `npm run sweep`, `policy` and `doctor`. */
export function addUpkeepCommands(program: Command): void {
  program
    .command("sweep")
    .summary("Delete expired data now")
    .description(
      "Delete expired data: sessions, links, known browsers, throttle counts and old ledger entries. Running instances do this regularly (SWEEP_INTERVAL). Active sessions are not affected.",
    )
    .option("--dry-run", "Show what would be deleted, and delete nothing")
    .addHelpText("after", "\nExample:\n  npm run latchkey -- sweep --dry-run")
    .action(reporting(sweep));
  program
    .command("policy")
    .summary("Print the current session policy")
    .description(
      "Print the session policy that results from the settings. With --json, print its numbers, with durations in seconds. Needs no database.",
    )
    .addHelpText("after", "\nExample:\n  npm run -s latchkey -- policy > session-policy.md")
    .action((_options: object, command: Command) => print(describePolicy(settingsOfPolicy()), command));
  program
    .command("doctor")
    .summary("Check settings and database, and suggest fixes")
    .description(
      "Check settings, the files that they name, secrets, database, migrations, clocks, email and administrators, and suggest fixes. Exits with 1 if it finds a problem, including a database that does not respond.",
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
  const { standard, publicComputer, administrator, demonstration } = policy(settings);
  const { SESSION_PRESET, CONFIRM_LIFETIME, MAX_SESSIONS, AT_MAX_SESSIONS, SWEEP_INTERVAL } = settings;
  return {
    json: {
      preset: SESSION_PRESET,
      standard: inSeconds(standard),
      publicComputer: inSeconds(publicComputer),
      administrator: inSeconds(administrator),
      demonstration: inSeconds(demonstration),
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
