import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { countInWords } from "@/lib/capped-count";
import { clock } from "@/lib/db";
import { parseDuration } from "@/lib/env";
import { HANDLE, MOMENT, RANGE } from "@/lib/forms/fields";
import { acceptDatabase, endAfterRestore } from "@/lib/jobs/after-restore";
import { allowRestored } from "@/lib/origin";
import { sessionStore } from "@/lib/session/store";
import type { SelectedSession, Selection } from "@/lib/session/store/contract";
import { parsePosition } from "@/lib/session/store/position";
import { UserError } from "@/lib/terminal";
import { askForNumber } from "./input";
import { adminActionOf, by, filled, misuse, numberFrom, reasonOption, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { asksForJson, type Report, reporting } from "./report";
import { momentText, table, terminalWidth } from "./table";

/** `latchkey session …`: lists and ends sessions. */
export function addSessionCommands(program: Command): void {
  const session = program.command("session").summary("List and end sessions");
  session
    .usage("<command> [options]")
    .helpCommand(false)
    .description("List and end sessions. Each session is one logged-in browser.");
  addList(session);
  addEnd(session);
  addAfterRestore(session);
}

/** A point in time, or an age in milliseconds. */
type Before = { at: Date } | { ago: number };

type Chosen = { user?: string; before?: Before; address?: string; handle?: string };

function choosing(command: Command): Command {
  return command
    .option("--user <user>", `Sessions of one user: ${USER}`, filled)
    .option("--before <time>", "Sessions that began before this time", parseBefore)
    .option("--address <cidr>", "Sessions that began at or were last used from this IP address or range", by(RANGE))
    .option("--handle <handle>", "The session with this handle, as listed", by(HANDLE));
}

const UNITS = `
If you give several of these options, a session has to match them all.
A time is 2026-01-31, "2026-01-31 18:00" or 2026-01-31T18:00:00+01:00, in UTC
unless it has an offset; or an age such as 30s, 15m, 2h or 7d.
An address is 192.0.2.7, or a range such as 192.0.2.0/24 or 2001:db8::/32.
`;

function addList(session: Command): void {
  choosing(
    session
      .command("list")
      .summary("List active sessions, newest first")
      .description("List active sessions, newest first. Times are in UTC."),
  )
    .option("-n, --limit <number>", "Maximum number of sessions", numberFrom(1), 50)
    .addHelpText(
      "after",
      `${UNITS}
Examples:
  npm run latchkey -- session list --user ada@example.com
  npm run -s latchkey -- session list --address 192.0.2.0/24 --json \\
    | jq '.sessions[].email'`,
    )
    .action(reporting(listSessions));
}

async function listSessions({ limit, ...chosen }: Chosen & { limit: number }): Promise<Report> {
  const { items, more } = await readSessions(await selectionOf(chosen), limit);
  return {
    json: { sessions: items, more },
    lines: [...describeSessions(items), ...(more ? [`More sessions exist. To see them: --limit ${limit * 2}`] : [])],
  };
}

function addEnd(session: Command): void {
  choosing(
    session
      .command("end")
      .summary("End sessions at once")
      .description(
        "End sessions. All running instances refuse their next request, and open pages leave at once. Users can log in again, and see that an administrator ended their session.",
      ),
  )
    .option("--all", "All sessions of all users, including yours")
    .option("--dry-run", "Show how many sessions would end, and end none")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `${UNITS}
Examples:
  npm run latchkey -- session end --user ada@example.com
  npm run latchkey -- session end --address 192.0.2.0/24 --before 2h --dry-run
  npm run latchkey -- session end --all --reason "a backup was stolen"`,
    )
    .action(reporting(endSessions));
}

type End = Chosen & { all?: true; dryRun?: true; reason: string };

async function endSessions({ all, dryRun, reason, ...chosen }: End, command: Command): Promise<Report> {
  if (!all && Object.keys(chosen).length === 0)
    misuse(command, "Choose sessions with --user, --before, --address or --handle, or choose --all.");
  const selection = await selectionOf(chosen);
  if (dryRun) return foresee(selection, asksForJson(command));

  // A script cannot confirm.
  const until = process.stdin.isTTY ? await confirmed(selection) : undefined;
  const ended = await sessionStore().endSelected({ ...selection, until }, "by-admin", adminActionOf(reason));
  if (ended === 0 && chosen.handle) throw new UserError("No session has this handle. It may have ended already.");
  return { json: { ended }, lines: [`Ended ${ended} ${ended === 1 ? "session" : "sessions"}.`] };
}

/** Asks for confirmation if the sessions belong to several users. Returns the time of counting: newer sessions stay. */
async function confirmed(selection: Selection): Promise<Date> {
  const { sessions, people, until } = await sessionStore().measure(selection);
  if (people > 1)
    await askForNumber(`This ends ${sessions} sessions of ${people} users. Type ${sessions} to continue`, sessions);
  return until;
}

async function foresee(selection: Selection, listed: boolean): Promise<Report> {
  if (listed) {
    const { items } = await readSessions(selection, Number.POSITIVE_INFINITY);
    return { json: { dryRun: true, count: items.length, sessions: items }, lines: [] };
  }
  const count = await sessionStore().count(selection);
  const words = `${countInWords(count)} ${count === 1 ? "session" : "sessions"}`;
  return { json: null, lines: [`${words} would end. Nothing was changed.`] };
}

function addAfterRestore(session: Command): void {
  session
    .command("after-restore")
    .summary("End all sessions after a backup was restored")
    .description(
      "End all sessions, links in emails, emails that wait and trust in browsers, and begin the delay of recoveries anew, because the database was restored from a backup: some of these have ended or were used since then. Users see why, and log in again. Running instances then use the database.",
    )
    .option("--keep", "Keep all of these: the database was only moved or upgraded, and lacks nothing")
    .option("--dry-run", "Show how many sessions would end, and change nothing")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
Latchkey itself recognises a dump that was restored, and refuses the database
until this command has run. It cannot recognise a restored copy of Postgres's
files, or a recovery to an earlier time: run this command after those, too,
before you start Latchkey.

Examples:
  npm run latchkey -- session after-restore
  npm run latchkey -- session after-restore --keep`,
    )
    .action((options: object, command: Command) => {
      allowRestored();
      return reporting(finishRestore)(options, command);
    });
}

type Finish = { keep?: true; dryRun?: true; reason: string };

async function finishRestore({ keep, dryRun, reason }: Finish, command: Command): Promise<Report> {
  if (dryRun) return foresee({}, asksForJson(command));
  if (keep) {
    await acceptDatabase();
    return { json: { ended: 0, links: 0 }, lines: ["Kept all sessions. Latchkey uses the database again."] };
  }
  const until = process.stdin.isTTY ? await confirmed({}) : await clock();
  const { ended, links } = await endAfterRestore(until, adminActionOf(reason));
  const [sessions, mails] = [
    `${ended} ${ended === 1 ? "session" : "sessions"}`,
    `${links} ${links === 1 ? "link" : "links"}`,
  ];
  return {
    json: { ended, links },
    lines: [`Ended ${sessions} and ${mails}. Latchkey uses the database again.`],
  };
}

async function selectionOf({ user, before, address, handle }: Chosen): Promise<Selection> {
  return {
    ...(user && { userId: (await requireUser(user)).id }),
    ...(before && { before: "at" in before ? before.at : new Date((await clock()).getTime() - before.ago) }),
    ...(address && { address }),
    ...(handle && { handles: [handle] }),
  };
}

function parseBefore(text: string): Before {
  const ago = parseDuration(text);
  if (ago !== null) return { ago };
  const moment = MOMENT.accept(text);
  if (!moment) throw new InvalidArgumentError("Use a time such as 2026-01-31T18:00, or an age such as 2h.");
  return { at: new Date(moment) };
}

function readSessions(selection: Selection, limit: number) {
  return readPages(limit, async (after, size) => {
    const { sessions, next } = await sessionStore().search(selection, parsePosition(after), size);
    return { items: sessions, next };
  });
}

/** Formats each session as two lines, which fit into 80 columns. */
function describeSessions(sessions: SelectedSession[]): string[] {
  if (sessions.length === 0) return ["No matching sessions."];
  const firsts = [["HANDLE", "USER"], ...sessions.map(({ handle, email }) => [handle, email])];
  const seconds = [["", "LOGGED IN", "LAST USED", "ADDRESS", "BROWSER"], ...sessions.map(secondRow)];
  const shape = { width: terminalWidth() };
  const below = table(seconds, { ...shape, flexible: [4] });
  return table(firsts, { ...shape, flexible: [1] }).flatMap((line, at) => [line, below[at] ?? ""]);
}

function secondRow({ since, lastSeen, lastAddress, firstAddress, browser, system }: SelectedSession): string[] {
  const address = lastAddress ?? firstAddress ?? "";
  return ["", momentText(since), momentText(lastSeen), address, system ? `${browser} on ${system}` : browser];
}
