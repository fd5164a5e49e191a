import { type Command, Option } from "commander";
import { env } from "@/lib/env";
import { EMAIL, NAME } from "@/lib/forms/fields";
import { describeLength } from "@/lib/session/ending";
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
import type { Role } from "@/prisma/client/client";
import { askForAccount, readPassword } from "./input";
import { adminActionOf, by, filled, numberFrom, reasonOption, requireUser, USER } from "./options";
import { readPages } from "./pages";
import { type Report, reporting } from "./report";
import { momentText, table, terminalWidth } from "./table";

/** `latchkey user …`: accounts. */
export function addUserCommands(program: Command): void {
  const user = program.command("user").summary("makes, lists and changes accounts");
  user.usage("<command> [options]").helpCommand(false).description("Makes, lists and changes accounts.");
  addCreate(user);
  addList(user);
  addDisable(user);
  addEnable(user);
  addRole(user);
  addReset(user);
}

type Create = { email?: string; name?: string; admin?: true; passwordStdin?: true; mail?: true; reason: string };

function addCreate(user: Command): void {
  user
    .command("create")
    .summary("makes an account, also the first administrator")
    .description(
      "Makes an account, and prints a link by which its owner chooses the password: the link works once. Whoever has it before them has the account, so hand it over with care. On a terminal it asks for what is missing.",
    )
    .option("--email <address>", "the address to log in with", by(EMAIL))
    .option("--name <name>", "what the person is called (default: the address up to the @)", by(NAME))
    .option("--admin", "may administer everything, on the pages under /admin")
    .addOption(new Option("--mail", "sends the link by mail, and prints none").conflicts("passwordStdin"))
    .option("--password-stdin", "reads a password from standard input, and makes no link")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
A password is never an argument: other users of this machine could read it. It
has to be one that its owner could choose on the page as well.

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
  if (created.state === "weak") throw new UserError(created.why);
  if (created.state === "taken")
    throw new UserError(
      `There is an account with the address ${email} already. A link to choose a new password for it: npm run latchkey -- user reset-password ${email} --link`,
    );

  const made = `Made the account ${email}, ${options.admin ? "an administrator" : "a user"}.`;
  const json = { id: created.id, ...user };
  if (options.passwordStdin) return { json, lines: [made, "It has the password that was given."] };
  if (options.mail) return { json, lines: [made, ...mailLines("invitation")] };

  const token = await createInvitation(created.id);
  const link = linkWith(String(token));
  return { json: { ...json, link }, lines: [made, ...linkLines(link, "invitation")] };
}

function addList(user: Command): void {
  user
    .command("list")
    .summary("lists accounts, the newest first")
    .description("Lists accounts, the newest first. Times are in UTC. Sessions that are over and not swept yet count.")
    .option("--search <text>", "only those with this in the address or in the name", filled)
    .addOption(new Option("--role <role>", "only those with this role").choices(["user", "admin"]))
    .addOption(new Option("--state <state>", "only those in this state").choices(["active", "disabled"]))
    .option("-n, --limit <number>", "at most so many", numberFrom(1), 50)
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
  const heading = ["EMAIL", "NAME", "ROLE", "STATE", "SESSIONS", "USED LAST"];
  const lines = table([heading, ...items.map(userRow)], { width: terminalWidth(), flexible: [1, 0] });
  return {
    json: { users: items, more },
    lines:
      items.length === 0
        ? ["There is no such account."]
        : [...lines, ...(more ? [`There are more: --limit ${limit * 2}`] : [])],
  };
}

function userRow({ email, name, role, disabledAt, sessions, lastSeenAt }: ListedUser): string[] {
  return [email, name, role, disabledAt ? "disabled" : "active", String(sessions), momentText(lastSeenAt)];
}

function addDisable(user: Command): void {
  user
    .command("disable")
    .summary("lets an account log in no more, and signs it out everywhere")
    .description(
      "Lets an account log in no more. Its sessions end at once, in all running instances, and links that were sent to it work no more. Nothing is deleted. The last administrator cannot be disabled.",
    )
    .argument("<user>", USER)
    .option("--dry-run", "says what would be done, and does nothing")
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
      done: `${user.email} is disabled, and signed out everywhere.`,
      unchanged: `${user.email} was disabled already.`,
    });

  const sessions = await sessionStore().count({ userId: user.id });
  const { json, lines } = settle(user, await foreseeDisabling(user.id), {
    done: `${user.email} would be disabled, and ${sessions} ${sessions === 1 ? "session" : "sessions"} ended. Nothing was done.`,
    unchanged: `${user.email} is disabled already.`,
  });
  return { json: { ...json, dryRun: true, sessions }, lines };
}

function addEnable(user: Command): void {
  user
    .command("enable")
    .summary("lets an account log in again")
    .description("Lets an account log in again, with the password that it had. What was ended stays ended.")
    .argument("<user>", USER)
    .addOption(reasonOption())
    .addHelpText("after", "\nExample:\n  npm run latchkey -- user enable ada@example.com")
    .action(
      reporting(async (emailOrId: string, { reason }: { reason: string }) => {
        const user = await requireUser(emailOrId);
        return settle(user, await enableUser(user.id, adminActionOf(reason)), {
          done: `${user.email} may log in again.`,
          unchanged: `${user.email} was not disabled.`,
        });
      }),
    );
}

function addRole(user: Command): void {
  user
    .command("role")
    .summary("makes somebody an administrator, or takes that back")
    .description(
      "Gives an account a role. It counts from the next request on, also in sessions that there are. The last administrator stays one.",
    )
    .argument("<user>", USER)
    .addArgument(user.createArgument("<role>", "what it is to be").choices(["user", "admin"]))
    .addOption(reasonOption())
    .addHelpText("after", "\nExample:\n  npm run latchkey -- user role ada@example.com admin")
    .action(
      reporting(async (emailOrId: string, role: Role, { reason }: { reason: string }) => {
        const user = await requireUser(emailOrId);
        const words = role === "admin" ? "an administrator" : "a user";
        return settle({ ...user, role }, await changeRole(user.id, role, adminActionOf(reason)), {
          done: `${user.email} is ${words} now.`,
          unchanged: `${user.email} was ${words} already.`,
        });
      }),
    );
}

function addReset(user: Command): void {
  user
    .command("reset-password")
    .summary("sends, or prints, a link to choose a new password")
    .description(
      "Sends the owner of an account a link by which they choose a new password. Until they do, the old one works; when they do, they are signed out everywhere.",
    )
    .argument("<user>", USER)
    .option("--link", "prints the link, and sends no mail; it is good for as long")
    .addOption(reasonOption())
    .addHelpText(
      "after",
      `
To keep somebody out meanwhile, use "user disable"; to sign them out, use
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
  if (user.disabledAt) throw new UserError(`${user.email} is disabled: a new password would not help.`);

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

type Words = Record<"done" | "unchanged", string>;

/** What came of an action, for programs and in words. Throws a UserError for what could not be done. */
function settle(
  { id, email, role }: Pick<ListedUser, "id" | "email" | "role">,
  { state }: Outcome,
  words: Words,
): { json: object; lines: string[] } {
  if (state === "last-administrator")
    throw new UserError(`${email} is the last administrator. Make somebody else one first.`);
  if (state === "not-found") throw new UserError(`The account ${email} is gone meanwhile.`);
  return { json: { id, email, role, state }, lines: [words[state]] };
}

function linkWith(token: string): string {
  return new URL(`/reset-password?token=${token}`, env().APP_URL).href;
}

function linkLines(link: string, kind: OneTimeTokenKind): string[] {
  return [`The owner chooses a password here, once, within ${validity(kind)}:`, "", link, ""];
}

function mailLines(kind: OneTimeTokenKind): string[] {
  const { SMTP_URL, OUTBOX_FOLDER } = env();
  return [
    `A mail with a link is queued. Latchkey sends it while it runs, and the link is good for ${validity(kind)} from then.`,
    ...(SMTP_URL ? [] : [`SMTP_URL is not set: it will be kept in ${OUTBOX_FOLDER}, and reach nobody.`]),
  ];
}

function validity(kind: OneTimeTokenKind): string {
  return describeLength(lifetimeOf(kind) / 1000);
}
