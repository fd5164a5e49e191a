import process from "node:process";
import { type Command, InvalidArgumentError } from "commander";
import { countInWords } from "@/lib/capped-count";
import { clock } from "@/lib/db";
import { parseDuration } from "@/lib/env";
import { HANDLE, MOMENT, RANGE } from "@/lib/forms/fields";
import { sessionStore } from "@/lib/session/store";
import type { SelectedSession, Selection } from "@/lib/session/store/contract";
import { parsePosition } from "@/lib/session/store/position";
import { UserError } from "@/lib/terminal";
import { askForNumber } from "./input";
import { adminActionOf, by, filled, misuse, numberFrom, reasonOption, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { asksForJson, type Report, reporting } from "./report";
import { momentText, table, terminalWidth } from "./table";

/** `latchkey session …`: the browsers that are signed in. */
export function addSessionCommands(program: Command): void {
  const session = program.command("session").summary("lists and ends sessions");
  session
    .usage("<command> [options]")
    .helpCommand(false)
    .description("Lists and ends sessions: the browsers that are signed in.");
  addList(session);
  addEnd(session);
}

/** A moment, or so many milliseconds before now. */
type Before = { at: Date } | { ago: number };

type Chosen = { user?: string; before?: Before; address?: string; handle?: string };

function choosing(command: Command): Command {
  return command
    .option("--user <user>", `those of one user: ${USER}`, filled)
    .option("--before <time>", "those that were logged in before this", parseBefore)
    .option("--address <cidr>", "those that were logged in, or used last, from there", by(RANGE))
    .option("--handle <handle>", "the one with this handle, as the list has it", by(HANDLE));
}

const UNITS = `
Several choices together mean the sessions to which all of them apply.
A time is 2026-01-31, "2026-01-31 18:00" or 2026-01-31T18:00:00+01:00, in UTC
unless it says otherwise; or an age: 30s, 15m, 2h or 7d ago, by the database's
clock.
An address is 192.0.2.7, or a range such as 192.0.2.0/24 or 2001:db8::/32.
`;

function addList(session: Command): void {
  choosing(
    session
      .command("list")
      .summary("lists active sessions, the newest first")
      .description("Lists active sessions, the newest first. Times are in UTC."),
  )
    .option("-n, --limit <number>", "at most so many", numberFrom(1), 50)
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
    lines: [...describeSessions(items), ...(more ? [`There are more: --limit ${limit * 2}`] : [])],
  };
}

function addEnd(session: Command): void {
  choosing(
    session
      .command("end")
      .summary("signs browsers out, at once")
      .description(
        "Ends sessions. Whoever has one is signed out with the next request, in all running instances, and open pages leave at once. They may log in again, and are told that an administrator ended the session.",
      ),
  )
    .option("--all", "all of them, of everybody; you too")
    .option("--dry-run", "says how many that would be, and ends none")
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
    misuse(command, "say which sessions: --user, --before, --address, --handle, or --all");
  const selection = await selectionOf(chosen);
  if (dryRun) return foresee(selection, asksForJson(command));

  // Where nobody is there to type, as in a script, nothing is asked.
  const until = process.stdin.isTTY ? await confirmed(selection) : undefined;
  const ended = await sessionStore().endSelected({ ...selection, until }, "by-admin", adminActionOf(reason));
  if (ended === 0 && chosen.handle) throw new UserError("There is no such session. It may have ended by now.");
  return { json: { ended }, lines: [ended === 1 ? "One session is ended." : `${ended} sessions are ended.`] };
}

/** Asks before sessions of several people end. Returns the moment up to which they are meant. */
async function confirmed(selection: Selection): Promise<Date> {
  const { sessions, people, until } = await sessionStore().measure(selection);
  if (people > 1)
    await askForNumber(`This ends ${sessions} sessions of ${people} people. Type ${sessions} to go on`, sessions);
  return until;
}

async function foresee(selection: Selection, listed: boolean): Promise<Report> {
  if (listed) {
    const { items } = await readSessions(selection, Number.POSITIVE_INFINITY);
    return { json: { dryRun: true, count: items.length, sessions: items }, lines: [] };
  }
  const count = await sessionStore().count(selection);
  const words = count === 1 ? "One session" : `${countInWords(count)} sessions`;
  return { json: null, lines: [`${words} would end. None was ended.`] };
}

async function selectionOf({ user, before, address, handle }: Chosen): Promise<Selection> {
  return {
    ...(user && { userId: (await requireUser(user)).id }),
    ...(before && { before: "at" in before ? before.at : new Date((await clock()).getTime() - before.ago) }),
    ...(address && { address }),
    ...(handle && { handle }),
  };
}

function parseBefore(text: string): Before {
  const ago = parseDuration(text);
  if (ago !== null) return { ago };
  const moment = MOMENT.accept(text);
  if (!moment)
    throw new InvalidArgumentError("This is neither a time, such as 2026-01-31T18:00, nor an age, such as 2h.");
  return { at: new Date(moment) };
}

function readSessions(selection: Selection, limit: number) {
  return readPages(limit, async (after, size) => {
    const { sessions, next } = await sessionStore().search(selection, parsePosition(after), size);
    return { items: sessions, next };
  });
}

/** Each in two lines, so that they have room in 80 characters. */
function describeSessions(sessions: SelectedSession[]): string[] {
  if (sessions.length === 0) return ["There is no such session."];
  const firsts = [["HANDLE", "USER"], ...sessions.map(({ handle, email }) => [handle, email])];
  const seconds = [["", "LOGGED IN", "USED LAST", "ADDRESS", "BROWSER"], ...sessions.map(secondRow)];
  const shape = { width: terminalWidth() };
  const below = table(seconds, { ...shape, flexible: [4] });
  return table(firsts, { ...shape, flexible: [1] }).flatMap((line, at) => [line, below[at] ?? ""]);
}

function secondRow({ since, lastSeen, lastAddress, firstAddress, browser, system }: SelectedSession): string[] {
  const address = lastAddress ?? firstAddress ?? "";
  return ["", momentText(since), momentText(lastSeen), address, system ? `${browser} on ${system}` : browser];
}
