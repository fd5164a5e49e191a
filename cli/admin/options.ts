import { type Command, InvalidArgumentError, Option } from "commander";
import { NOTE, type Rule } from "@/lib/forms/fields";
import { ALL_KINDS } from "@/lib/ledger/lines";
import { UserError } from "@/lib/terminal";
import type { AdminAction } from "@/lib/users/administration";
import { findListedUser, type ListedUser } from "@/lib/users/directory";
import { ENGLISH } from "@/lib/words";

/**
 * Parses an option's value with a rule that form fields use, too.
 *
 * An empty value is refused: a script may pass an unset variable, which would then select
 * everything.
 */
export function by({ accept, message }: Rule): (text: string) => string {
  return (text) => {
    const accepted = text.trim() === "" ? null : accept(text);
    if (accepted === null) throw new InvalidArgumentError(ENGLISH.say(message(text)));
    return accepted;
  };
}

/** Parses a whole number of at least `from`. */
export function numberFrom(from: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
    if (number < from) throw new InvalidArgumentError(`Use a whole number from ${from} to 999999.`);
    return number;
  };
}

/** Accepts any text that is not empty. */
export function filled(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}

export const USER = "email address or account ID";

/** The `--reason` option. The ledger stores it, and the account's owner can read it. */
export function reasonOption(): Option {
  return ownReasonOption().default("from the command line");
}

/** The same option without a default, for actions that need a reason of their own. */
export function ownReasonOption(): Option {
  return new Option("--reason <text>", "Reason for the ledger; the account's owner can read it").argParser(by(NOTE));
}

export function kindOption(): Option {
  return new Option("--kind <kind>", "Only entries of this kind").choices(ALL_KINDS);
}

/** An administrator's action from the command line, where the administrator has no account. */
export function adminActionOf(reason: string): AdminAction & { userId: null } {
  return { userId: null, note: reason, userAgent: null, ipAddress: null };
}

/** The account with this email or id. Throws a UserError when there is none. */
export async function requireUser(emailOrId: string): Promise<ListedUser> {
  const user = await findListedUser(emailOrId);
  if (!user) throw new UserError(`No account has the email address or ID ${emailOrId}.`);
  return user;
}

/** Ends a command with a usage error, as commander itself does. */
export function misuse(command: Command, message: string): never {
  return command.error(message, { exitCode: 2 });
}
