import { type Command, InvalidArgumentError, Option } from "commander";
import { NOTE, type Rule } from "@/lib/forms/fields";
import { ALL_KINDS } from "@/lib/ledger/lines";
import { UserError } from "@/lib/terminal";
import type { AdminAction } from "@/lib/users/administration";
import { findListedUser, type ListedUser } from "@/lib/users/directory";

/**
 * Reads the value of an option by a rule that the fields of forms have, too. An
 * empty one is refused: it may come of a variable that is not set, and would
 * mean everything.
 */
export function by({ accept, message }: Rule): (text: string) => string {
  return (text) => {
    const accepted = text.trim() === "" ? null : accept(text);
    if (accepted === null) throw new InvalidArgumentError(message(text));
    return accepted;
  };
}

/** Reads a whole number. */
export function numberFrom(from: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
    if (number < from) throw new InvalidArgumentError(`This is no whole number from ${from} to 999999.`);
    return number;
  };
}

/** Any text but an empty one. */
export function filled(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

export const USER = "an email address, or the id of an account";

/** Why something is done, which the ledger keeps and the person concerned can read. */
export function reasonOption(): Option {
  return new Option("--reason <text>", "why; the ledger keeps it, and whom it concerns can read it")
    .argParser(by(NOTE))
    .default("by the command line");
}

export function kindOption(): Option {
  return new Option("--kind <kind>", "only what is of this kind").choices(ALL_KINDS);
}

/** What somebody does at this machine's command line, where nobody has an account. */
export function adminActionOf(reason: string): AdminAction & { userId: null } {
  return { userId: null, note: reason, userAgent: null, ipAddress: null };
}

/** The account with this email or id. Throws a UserError when there is none. */
export async function requireUser(emailOrId: string): Promise<ListedUser> {
  const user = await findListedUser(emailOrId);
  if (!user) throw new UserError(`There is no account with the email or the id ${emailOrId}.`);
  return user;
}

/** Ends a command that was called wrongly, as commander does itself. */
export function misuse(command: Command, message: string): never {
  return command.error(message, { exitCode: 2 });
}
