import process from "node:process";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { EMAIL, NAME, PASSWORD, type Rule } from "@/lib/forms/fields";
import { UserError } from "@/lib/terminal";
import { ENGLISH } from "@/lib/words";
import { misuse } from "./options";

type Account = { email: string; name: string };

/** The email address and name of a new account. On a terminal, asks for missing values. */
export async function askForAccount(
  given: Partial<Account> & { passwordStdin?: true },
  command: Command,
): Promise<Account> {
  if (given.email) return { email: given.email, name: given.name ?? nameIn(given.email) };
  if (!process.stdin.isTTY || given.passwordStdin)
    misuse(command, "Without a terminal, the option --email <address> is required.");

  const email = await ask("Email", EMAIL);
  return { email, name: given.name ?? (await ask("Name", NAME, nameIn(email))) };
}

/** The part before the @, if it is a valid name. */
function nameIn(email: string): string {
  return NAME.accept(email.slice(0, email.lastIndexOf("@")).slice(0, 100)) ?? "New";
}

/** Asks on the terminal until the input is valid. */
async function ask(question: string, { accept, message }: Rule, fallback = ""): Promise<string> {
  // On standard error, because standard output may be piped to a program.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const leaving = new AbortController();
  // Ctrl-C and Ctrl-D close the terminal interface, and would leave the question pending for ever.
  terminal.once("close", () => leaving.abort());
  const { signal } = leaving;
  const typed = await terminal.question(`${question}${fallback && ` (${fallback})`}: `, { signal }).catch(() => {
    throw new UserError("\nCancelled. Nothing was changed.");
  });
  terminal.close();
  const answer = typed || fallback;

  const accepted = accept(answer);
  if (accepted !== null) return accepted;
  console.error(ENGLISH.say(message(answer)));
  return ask(question, { accept, message }, fallback);
}

/** Asks on the terminal for a number, to make sure that the user has read it. */
export async function askForNumber(question: string, number: number): Promise<void> {
  await ask(question, {
    accept: (text) => (text.replace(/\D/g, "") === String(number) ? text : null),
    message: () => ["fields.notTheNumber"],
  });
}

/** Reads the password from standard input, without its line ending. */
export async function readPassword(command: Command): Promise<string> {
  if (process.stdin.isTTY) misuse(command, "A terminal would show the password. Pipe it into the command instead.");
  const given = (await text(process.stdin)).replace(/\r?\n$/, "");
  const password = PASSWORD.accept(given);
  return password ?? misuse(command, given ? ENGLISH.say(PASSWORD.message(given)) : "Standard input has no password.");
}
