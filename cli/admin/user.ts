import { type Command, Option } from "commander";
import { resetSecondFactor } from "@/lib/auth/second-factor/reset";
import { env } from "@/lib/env";
import { EMAIL, NAME } from "@/lib/forms/fields";
import { PROBLEMS } from "@/lib/password/problems";
import { sessionStore } from "@/lib/session/store";
import { UserError } from "@/lib/terminal";
import {
  changeRole,
  createAccount,
  createAccountWithPassword,
  createInvitation,
  createReset,
  disableUser,
  enableUser,
  foreseeDisabling,
  type NewUser,
  type Outcome,
  sendReset,
} from "@/lib/users/administration";
import { type ListedUser, listUsers } from "@/lib/users/directory";
import { lifetimeOf, type OneTimeTokenKind } from "@/lib/users/one-time-tokens";
import { ENGLISH } from "@/lib/words";
import type { Role } from "@/prisma/client/client";
import { askForAccount, readPassword } from "./input";
import { adminActionOf, by, filled, numberFrom, ownReasonOption, reasonOption, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { type Report, reporting } from "./report";
import { momentText, table, terminalWidth } from "./table";

/** `latchkey user …`: creates, lists and changes accounts. */
export function addUserCommands(program: Command): void {
  const user = program.command("user").summary("Create, list and change accounts");
  user.usage("<command> [options]").helpCommand(false).description("Create, list and change accounts.");
  addCreate(user);
  addList(user);
  addDisable(user);
  addEnable(user);
  addRole(user);
  addReset(user);
  addResetSecondFactor(user);
}

type Create = { email?: string; name?: string; admin?: true; passwordStdin?: true; mail?: true; reason: string };

function addCreate(user: Command): void {
  user
    .command("create")
    .summary("Create an account, such as the first administrator")
    .description(
      "Create an account, and print a link with which its owner chooses a password. The link works once. Anyone who opens it first gets the account, so pass it on safely. On a terminal, the command asks for missing values.",
    )
    .option("--email <address>", "Email address to log in with", by(EMAIL))
    .option("--name <name>", "Name of the user (default: the address up to the @)", by(NAME))
    .option("--admin", "Make the account an administrator")
    .addOption(new Option("--mail", "Send the link by email instead of printing it").conflicts("passwordStdin"))
    .option("--password-stdin", "Read a password from standard input instead of creating a link")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
A password is never an argument, because other users of this machine could read
it. The same rules apply as for passwords chosen on the page.

Examples:
  npm run user:create -- --admin
  npm run latchkey -- user create --email ada@example.com --name Ada --mail
  pass show ada | npm run -s latchkey -- user create --email ada@example.com \\
    --password-stdin`,
    )
    .action(reporting(createUser));
}

async function createUser(options: Create, command: Command): Promise<Report> {
  const { email, name } = await askForAccount(options, command);
  const user: NewUser = { email, name, role: options.admin ? "admin" : "user" };
  const action = adminActionOf(options.reason);

  const created = options.passwordStdin
    ? await createAccountWithPassword({ ...user, password: await readPassword(command) }, action)
    : await createAccount(user, { invite: options.mail === true }, action);
  if (created.state === "weak") throw new UserError(ENGLISH.say(PROBLEMS[created.why]));
  if (created.state === "taken")
    throw new UserError(
      `The address ${email} already has an account. To print a link for a new password: npm run latchkey -- user reset-password ${email} --link`,
    );

  const made = `Created the ${options.admin ? "administrator" : "user"} ${email}.`;
  const json = { id: created.id, ...user };
  if (options.passwordStdin) return { json, lines: [made, "The password is the one from standard input."] };
  if (options.mail) return { json, lines: [made, ...mailLines("invitation")] };

  const token = await createInvitation(created.id);
  const link = linkWith(String(token));
  return { json: { ...json, link }, lines: [made, ...linkLines(link, "invitation")] };
}

function addList(user: Command): void {
  user
    .command("list")
    .summary("List accounts, newest first")
    .description(
      "List accounts, newest first. Times are in UTC. SESSIONS includes expired sessions until the next sweep.",
    )
    .option("--search <text>", "Only accounts with this text in the address or name", filled)
    .addOption(new Option("--role <role>", "Only accounts with this role").choices(["user", "admin"]))
    .addOption(new Option("--state <state>", "Only accounts in this state").choices(["active", "disabled"]))
    .option("-n, --limit <number>", "Maximum number of accounts", numberFrom(1), 50)
    .addHelpText(
      "after",
      `
Examples:
  npm run latchkey -- user list --role admin
  npm run -s latchkey -- user list --search @example.com --json \\
    | jq '.users[].id'`,
    )
    .action(reporting(listAccounts));
}

type List = { search?: string; role?: Role; state?: "active" | "disabled"; limit: number };

async function listAccounts({ limit, ...filter }: List): Promise<Report> {
  const { items, more } = await readPages(limit, async (after, size) => {
    const { users, next } = await listUsers(filter, after, size);
    return { items: users, next };
  });
  const heading = ["EMAIL", "NAME", "ROLE", "STATE", "SESSIONS", "LAST USED"];
  const lines = table([heading, ...items.map(userRow)], { width: terminalWidth(), flexible: [1, 0] });
  return {
    json: { users: items, more },
    lines:
      items.length === 0
        ? ["No matching accounts."]
        : [...lines, ...(more ? [`More accounts exist. To see them: --limit ${limit * 2}`] : [])],
  };
}

function userRow({ email, name, role, disabledAt, sessions, lastSeenAt }: ListedUser): string[] {
  return [email, name, role, disabledAt ? "disabled" : "active", String(sessions ?? "unknown"), momentText(lastSeenAt)];
}

function addDisable(user: Command): void {
  user
    .command("disable")
    .summary("Disable an account, and end its sessions")
    .description(
      "Disable an account: it can no longer log in. Its sessions end at once, in all running instances, and links sent to it stop working. Nothing else is deleted. The last administrator cannot be disabled.",
    )
    .argument("<user>", USER)
    .option("--dry-run", "Show what would happen, and change nothing")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
Examples:
  npm run latchkey -- user disable ada@example.com --dry-run
  npm run latchkey -- user disable ada@example.com --reason "left the company"`,
    )
    .action(reporting(disable));
}

async function disable(emailOrId: string, options: { dryRun?: true; reason: string }): Promise<Report> {
  const user = await requireUser(emailOrId);
  if (!options.dryRun)
    return settle(user, await disableUser(user.id, adminActionOf(options.reason)), {
      done: `${user.email} is now disabled, and logged out everywhere.`,
      unchanged: `${user.email} was already disabled.`,
    });

  const sessions = await sessionStore().count({ userId: user.id });
  const { json, lines } = settle(user, await foreseeDisabling(user.id), {
    done: `${user.email} would be disabled, and ${sessions} ${sessions === 1 ? "session" : "sessions"} would end. Nothing was changed.`,
    unchanged: `${user.email} is already disabled.`,
  });
  return { json: { ...json, dryRun: true, sessions }, lines };
}

function addEnable(user: Command): void {
  user
    .command("enable")
    .summary("Enable a disabled account")
    .description("Enable a disabled account: it can log in again, with its old password. Ended sessions stay ended.")
    .argument("<user>", USER)
    .addOption(reasonOption())
    .addHelpText("after", "\nExample:\n  npm run latchkey -- user enable ada@example.com")
    .action(
      reporting(async (emailOrId: string, { reason }: { reason: string }) => {
        const user = await requireUser(emailOrId);
        return settle(user, await enableUser(user.id, adminActionOf(reason)), {
          done: `${user.email} can log in again.`,
          unchanged: `${user.email} was not disabled.`,
        });
      }),
    );
}

function addRole(user: Command): void {
  user
    .command("role")
    .summary("Change the role of an account")
    .description(
      "Change the role of an account. The new role applies from the next request, also in existing sessions. The last administrator's role cannot be changed.",
    )
    .argument("<user>", USER)
    .addArgument(user.createArgument("<role>", "New role").choices(["user", "admin"]))
    .addOption(reasonOption())
    .addHelpText("after", "\nExample:\n  npm run latchkey -- user role ada@example.com admin")
    .action(
      reporting(async (emailOrId: string, role: Role, { reason }: { reason: string }) => {
        const user = await requireUser(emailOrId);
        const words = role === "admin" ? "an administrator" : "a user";
        return settle({ ...user, role }, await changeRole(user.id, role, adminActionOf(reason)), {
          done: `${user.email} is now ${words}.`,
          unchanged: `${user.email} was already ${words}.`,
        });
      }),
    );
}

function addReset(user: Command): void {
  user
    .command("reset-password")
    .summary("Send or print a link to choose a new password")
    .description(
      "Send the owner of an account a link to choose a new password. The old password works until the owner has chosen a new one, which logs them out everywhere.",
    )
    .argument("<user>", USER)
    .option("--link", "Print the link instead of sending it by email")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
To block the account, use "user disable". To log it out now, use
"session end --user".

Examples:
  npm run latchkey -- user reset-password ada@example.com
  npm run -s latchkey -- user reset-password ada@example.com --link --json \\
    | jq -r .link`,
    )
    .action(reporting(resetPassword));
}

async function resetPassword(emailOrId: string, { link, reason }: { link?: true; reason: string }): Promise<Report> {
  const user = await requireUser(emailOrId);
  if (user.disabledAt)
    throw new UserError(`${user.email} is disabled. Enable it first: npm run latchkey -- user enable ${user.email}`);

  const action = adminActionOf(reason);
  const done = { done: `A link for ${user.email}:`, unchanged: "" };
  if (!link) {
    const { json } = settle(user, await sendReset(user.id, action), done);
    return { json, lines: mailLines("reset") };
  }
  const token = await createReset(user.id, action);
  const { json } = settle(user, { state: token ? "done" : "not-found" }, done);
  const url = linkWith(String(token));
  return { json: { ...json, link: url }, lines: linkLines(url, "reset") };
}

function addResetSecondFactor(user: Command): void {
  user
    .command("reset-second-factor")
    .summary("Remove a user's second factor at once")
    .description(
      "Remove the second factor and the recovery codes of a user who has lost them. All of the user's sessions end, and an email tells the user, with the reason. The password stays the same and logs in alone, until the user adds a new second factor. First make sure that the request comes from the user.",
    )
    .argument("<user>", USER)
    .addOption(ownReasonOption().makeOptionMandatory())
    .addHelpText(
      "after",
      `
Example:
  npm run latchkey -- user reset-second-factor ada@example.com \\
    --reason "lost phone, identity checked in person"`,
    )
    .action(
      reporting(async (emailOrId: string, { reason }: { reason: string }) => {
        const user = await requireUser(emailOrId);
        return settle(user, await resetSecondFactor(user.id, adminActionOf(reason)), {
          done: `${user.email} has no second factor any more, and is logged out everywhere.`,
          unchanged: `${user.email} has no second factor.`,
        });
      }),
    );
}

type Words = Record<"done" | "unchanged", string>;

/** The outcome of an action, for programs and for people. Throws a UserError if it failed. */
function settle(
  { id, email, role }: Pick<ListedUser, "id" | "email" | "role">,
  { state }: Outcome,
  words: Words,
): { json: object; lines: string[] } {
  if (state === "last-administrator")
    throw new UserError(
      `${email} is the last administrator. Make another user an administrator first: npm run latchkey -- user role <user> admin`,
    );
  if (state === "not-found") throw new UserError(`The account ${email} has just been deleted.`);
  return { json: { id, email, role, state }, lines: [words[state]] };
}

function linkWith(token: string): string {
  return new URL(`/reset-password?token=${token}`, env().APP_URL).href;
}

function linkLines(link: string, kind: OneTimeTokenKind): string[] {
  return [`The owner can choose a password here, once, within ${validity(kind)}:`, "", link, ""];
}

function mailLines(kind: OneTimeTokenKind): string[] {
  const { SMTP_URL, OUTBOX_FOLDER } = env();
  return [
    `An email with a link is queued. Latchkey sends it when it runs; the link then works for ${validity(kind)}.`,
    ...(SMTP_URL ? [] : [`SMTP_URL is not set: the email will be stored in ${OUTBOX_FOLDER}, not sent.`]),
  ];
}

function validity(kind: OneTimeTokenKind): string {
  return ENGLISH.duration(lifetimeOf(kind));
}
