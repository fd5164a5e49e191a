import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test, vi } from "vitest";
import { Connection } from "@/lib/connection";
import { db } from "@/lib/db";
import { verifyPassword } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { findOneTimeToken } from "@/lib/users/one-time-tokens";
import { createUser, findUser, findUserByEmail } from "@/lib/users/store";
import { createDatabase } from "@/testing/databases";
import { ageSessions, createSession } from "@/testing/sessions";
import { run } from "./";

// The tests have their own database, which is empty at first. Tests of the process itself
// start the real program, compiled. All others call the program's code, which is faster.
vi.setConfig({ testTimeout: 120_000 });
beforeAll(async () => {
  process.env.DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), "command_line");
}, 60_000);

type Run = { status: number | null; out: string; err: string };
type Given = { input?: string; settings?: Record<string, string> };

function start(args: string[], { input = "", settings = {} }: Given = {}) {
  const { PATH, HOME, PROGRAM, DATABASE_URL } = process.env;
  const env = { NODE_ENV: "test" as const, PATH, HOME, DATABASE_URL, PASSWORD_COST: "10", ...settings };
  const program = spawn(process.execPath, [String(PROGRAM), "latchkey", ...args], { env });
  program.stdin.end(input);
  return program;
}

/** Runs the real program to its end. */
async function spawned(args: string[], given?: Given): Promise<Run> {
  const program = start(args, given);
  const [out, err] = await Promise.all([text(program.stdout), text(program.stderr), once(program, "exit")]);
  expect(err, "no failure is a stack").not.toMatch(/\n\s+at /);
  return { status: program.exitCode, out, err };
}

/** Runs a command in this process. */
async function latchkey(args: string[]): Promise<Run> {
  const [out, err]: [string[], string[]] = [[], []];
  const keeper = (parts: string[]) => (part: unknown) => parts.push(String(part)) > 0;
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keeper(out)),
    vi.spyOn(process.stderr, "write").mockImplementation(keeper(err)),
    vi.spyOn(console, "error").mockImplementation(keeper(err)),
  ];
  try {
    return { status: await run(args), out: out.join(""), err: err.join("") };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs a command with --json. Checks that it succeeds and prints exactly one document, which is returned. */
async function json(...args: string[]) {
  const { status, out, err } = await latchkey([...args, "--json"]);
  expect(err).toBe("");
  expect(status).toBe(0);
  return JSON.parse(out);
}

async function newUser({ name = "Ada", role = "user" as "user" | "admin" } = {}) {
  return createUser({ email: `${randomUUID()}@example.com`, name, passwordHash: "none", role });
}

function signIn(user: { id: string }, ipAddress = "192.0.2.7") {
  return createSession(user, { userAgent: "Test", ipAddress, publicComputer: false, previousToken: null });
}

function age(token: string, seconds: number) {
  return ageSessions({ token }, { created: seconds * 1000 });
}

const ROOT = "root@example.com";

test("on an empty database the doctor reports no administrator, and user create prints a password link for one", async () => {
  const settings = { SESSION_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789" };
  const examined = JSON.parse((await spawned(["doctor", "--json"], { settings })).out);
  const missing = { state: "note", text: expect.stringContaining("npm run user:create -- --admin") };
  expect(examined).toMatchObject({ isWell: true, findings: expect.arrayContaining([missing]) });

  const made = await json("user", "create", "--email", "Root@Example.com", "--admin");
  expect(made).toMatchObject({ email: ROOT, name: "root", role: "admin" });
  const token = new URL(made.link).searchParams.get("token");
  expect(await findOneTimeToken(String(token), "invitation")).toMatchObject({ userId: made.id, email: ROOT });
  const lines = await db().ledgerLine.findMany({ where: { userId: made.id } });
  expect(lines).toMatchObject([
    { event: "user_created", byUserId: null, note: "from the command line", ipAddress: null },
  ]);
  expect(await db().user.count()).toBe(1);
});

test("a taken address is reported as JSON with --json, and creates no account", async () => {
  const { status, out, err } = await latchkey(["user", "create", "--email", ROOT, "--json"]);
  expect(JSON.parse(err)).toEqual({ error: expect.stringContaining(`${ROOT} already`), exit: 1 });
  expect({ status, out }).toEqual({ status: 1, out: "" });
});

test("a password from standard input has to follow the password rules", async () => {
  const password = " a garden full of quiet foxes ";
  const [made, refused, none] = await Promise.all([
    spawned(["user", "create", "--email", "ada@example.com", "--password-stdin"], { input: `${password}\n` }),
    spawned(["user", "create", "--email", "bob@example.com", "--password-stdin"], { input: "password1234\n" }),
    spawned(["user", "create", "--email", "bob@example.com", "--password-stdin"]),
  ]);

  expect(made.status).toBe(0);
  expect(made.out).not.toContain("http");
  const user = await findUserByEmail("ada@example.com");
  expect(await verifyPassword(password, user?.passwordHash ?? null)).toBe(true);
  expect([refused.status, none.status]).toEqual([1, 2]);
  expect(await findUserByEmail("bob@example.com")).toBeNull();
});

test("with --mail the link is sent by email and not printed", async () => {
  const { status, out } = await latchkey(["user", "create", "--email", "eve@example.com", "--mail"]);
  expect(status).toBe(0);
  expect(out).not.toContain("token");
  expect(await db().mail.count({ where: { recipient: "eve@example.com", kind: "invitation" } })).toBe(1);
});

test("user list prints aligned lines without control characters, or JSON", async () => {
  const name = "Mallory\u001b]0;owned\u0007\u009b2J";
  const { email } = await newUser({ name });
  const [lines, listed] = [
    await latchkey(["user", "list", "--search", email]),
    await json("user", "list", "--search", email),
  ];

  const [heading = "", row = ""] = lines.out.split("\n");
  expect(row.indexOf("user")).toBe(heading.indexOf("ROLE"));
  expect(lines.out).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(listed).toEqual({
    users: [expect.objectContaining({ email, name, role: "user", sessions: 0 })],
    more: false,
  });
});

test("user disable changes nothing with --dry-run, ends sessions without it, and user enable reverts it", async () => {
  const user = await newUser();
  const token = await signIn(user);
  expect(await json("user", "disable", user.email, "--dry-run")).toMatchObject({ state: "done", sessions: 1 });
  expect(await sessionStore().find(token)).toMatchObject({ disabledAt: null });

  expect(await json("user", "disable", user.id, "--reason", "left")).toMatchObject({ state: "done" });
  expect(await sessionStore().find(token)).toBeNull();
  expect(await sessionStore().findEnding(token)).toMatchObject({ reason: "disabled" });
  expect(await db().ledgerLine.count({ where: { userId: user.id, note: "left" } })).toBe(2);

  expect(await json("user", "enable", user.email)).toMatchObject({ state: "done" });
  expect((await findUser(user.id))?.disabledAt).toBeNull();
});

test("the last administrator can neither be disabled nor made a user", async () => {
  const { email, id } = await newUser();
  const refused = [
    await latchkey(["user", "disable", ROOT]),
    await latchkey(["user", "disable", ROOT, "--dry-run"]),
    await latchkey(["user", "role", ROOT, "user"]),
  ];
  expect(refused.map(({ status }) => status)).toEqual([1, 1, 1]);
  for (const { err } of refused) expect(err).toContain("last administrator");

  await json("user", "role", email, "admin");
  expect(await findUser(id)).toMatchObject({ role: "admin" });
  expect(await json("user", "role", ROOT, "user")).toMatchObject({ state: "done", role: "user" });
});

test("user reset-password sends a link by email, or prints it with --link", async () => {
  const { email, id } = await newUser();
  const [mailed, linked] = [
    await latchkey(["user", "reset-password", email]),
    await json("user", "reset-password", email, "--link"),
  ];

  expect(mailed).toMatchObject({ status: 0, out: expect.not.stringContaining("token=") });
  expect(await db().mail.count({ where: { recipient: email, kind: "reset" } })).toBe(1);
  const token = new URL(linked.link).searchParams.get("token");
  expect(await findOneTimeToken(String(token), "reset")).toMatchObject({ userId: id });
});

test("user reset-second-factor removes a user's factors with a reason, and says so if there are none", async () => {
  const { email, id } = await newUser();
  await db().$executeRaw`
    INSERT INTO totp (user_id, secret, confirmed_at) VALUES (${id}::uuid, 'secret of the app', now())`;
  const reset = ["user", "reset-second-factor", email, "--reason", "lost phone"];

  expect(await json(...reset)).toMatchObject({ id, state: "done" });
  expect(await db().totp.count({ where: { userId: id } })).toBe(0);
  expect(await db().ledgerLine.count({ where: { userId: id, reason: "factors-reset", note: "lost phone" } })).toBe(1);
  expect(await db().mail.count({ where: { recipient: email, kind: "incident" } })).toBe(1);
  expect(await json(...reset)).toMatchObject({ id, state: "unchanged" });
});

test("session end: ends the sessions that match every filter; with --dry-run it ends none", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const old = await signIn(ada, "198.51.100.7");
  await age(old, 3 * 3600);
  const others = [
    await signIn(ada, "198.51.100.8"),
    await signIn(ada, "203.0.113.1"),
    await signIn(bob, "198.51.100.9"),
  ];
  await age(String(others[1]), 3 * 3600);
  const choice = ["--user", ada.email, "--before", "2h", "--address", "198.51.100.0/24"];

  const foreseen = await json("session", "end", ...choice, "--dry-run");
  expect(foreseen).toMatchObject({ count: 1, sessions: [{ email: ada.email, lastAddress: "198.51.100.7" }] });
  expect(await sessionStore().find(old)).not.toBeNull();

  expect(await spawned(["session", "end", ...choice])).toEqual({ status: 0, out: "Ended 1 session.\n", err: "" });
  expect(await sessionStore().findEnding(old)).toMatchObject({ reason: "by-admin" });
  for (const token of others) expect(await sessionStore().find(token)).not.toBeNull();

  const listed = await json("session", "list", "--user", ada.id);
  expect(listed.sessions).toHaveLength(2);
  const { handle } = listed.sessions[0];
  expect(await json("session", "end", "--handle", handle)).toEqual({ ended: 1 });
  expect((await latchkey(["session", "end", "--handle", handle])).status).toBe(1);
});

const CTRL_C = "\u0003";

test("on a terminal, sessions of several users end only after their number has been typed", async () => {
  for (let people = 0; people < 2; people++) {
    const { id } = await createUser({
      email: `${randomUUID()}@example.com`,
      name: "Test",
      passwordHash: "none",
      role: "user",
    });
    await createSession(
      { id },
      { userAgent: null, ipAddress: "198.18.3.3", publicComputer: false, previousToken: null },
    );
  }
  const ended = async (...answers: string[]) => {
    // `script` provides a real terminal. Each answer is typed once its question has appeared.
    const command = `${process.execPath} ${process.env.PROGRAM} latchkey session end --address 198.18.3.3`;
    const env = { ...process.env, PASSWORD_COST: "10" };
    const terminal = spawn("script", ["-qec", command, "/dev/null"], { env, timeout: 50_000 });
    let [said, asked] = ["", 0];
    terminal.stdout.on("data", (part) => {
      said += part;
      const questions = said.split("to continue: ").length - 1;
      if (questions > asked) terminal.stdin.write(answers[asked++] ?? CTRL_C);
    });
    await once(terminal, "close");
    expect(said).toContain("This ends 2 sessions of 2 users.");
    return said.includes("Ended 2 sessions.");
  };

  expect(await ended("3\r", CTRL_C)).toBe(false);
  expect(await ended("2\r")).toBe(true);
});

test("session end --all ends the sessions of all users", async () => {
  const token = await signIn(await newUser());
  const { out } = await latchkey(["session", "end", "--all"]);
  expect(out).toMatch(/^Ended \d+ sessions?\.\n$/);
  expect(await sessionStore().find(token)).toBeNull();
  expect(await db().session.count()).toBe(0);
});

test("a usage error ends no session, and exits with 2", async () => {
  const token = await signIn(await newUser());
  const wrong = [
    ["session", "end"],
    // An unset variable in a script must not select every session.
    ["session", "end", "--address", ""],
    ["session", "end", "--user", ""],
    ["session", "end", "--all", "--before", "yesterday"],
    ["session", "end", "--all", "everything"],
    ["user", "create"],
    ["user"],
  ];
  for (const args of wrong) {
    const { status, out, err } = await latchkey(args);
    expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
    expect(err).not.toBe("");
  }
  expect((await spawned(["session", "end", "--json"])).status).toBe(2);
  expect(await sessionStore().find(token)).not.toBeNull();
});

test.each([
  ["bogus", 'The command "bogus" does not exist.'],
  ["sessions", 'The command "sessions" does not exist. Did you mean session?'],
  ["user list --rolle admin", "The option --rolle does not exist. Did you mean --role?"],
  ["user list --role", "The option --role <role> needs a value."],
  ["user list --role root", 'The value "root" of --role <role> is invalid. Allowed choices are user, admin.'],
  ["user list --limit 0", 'The value "0" of -n, --limit <number> is invalid. Use a whole number from 1 to 999999.'],
  ["user disable", "The argument <user> is missing."],
  ["user enable ada bob", 'The command "enable" takes 1 argument, but was given 2.'],
  ["user role ada root", 'The value "root" of <role> is invalid. Allowed choices are user, admin.'],
  ["user create --mail --password-stdin", "The options --mail and --password-stdin cannot be used together."],
  ["user create", "Without a terminal, the option --email <address> is required."],
  ["user reset-second-factor ada", "The option --reason <text> is required."],
  ["session end", "Choose sessions with --user, --before, --address or --handle, or choose --all."],
  ["doctor now", 'The command "doctor" takes no arguments.'],
  ["", "Name a command."],
])("the usage error of %s is in whole sentences", async (args, message) => {
  const { status, err } = await latchkey([...args.split(" ").filter(Boolean), "--json"]);
  expect(JSON.parse(err)).toEqual({ error: message, exit: 2 });
  expect(status).toBe(2);
});

test("an unknown user is reported, and exits with 1", async () => {
  const { status, err } = await latchkey(["session", "end", "--user", "nobody@example.com"]);
  expect(status).toBe(1);
  expect(err).toContain("No account has");
});

async function recordHostile(userId: string) {
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, user_agent, note, ip_address)
    VALUES ('authn_login_fail', ${userId}::uuid, ${"\u001b[2JFirefox/1 \u001b]0;owned\u0007"}, ${"\u001b[31mred"}, '192.0.2.9')`;
}

test("ledger tail shows the latest entry, with its escape sequences escaped", async () => {
  const user = await newUser();
  await recordHostile(user.id);
  const [lines, document] = [
    await latchkey(["ledger", "tail", "-n", "1", "--user", user.email]),
    await latchkey(["ledger", "tail", "-n", "1", "--user", user.email, "--json"]),
  ];

  expect(lines.out).toContain("Failed log-in");
  expect(lines.out).toContain(user.email);
  for (const { out } of [lines, document]) expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(JSON.parse(document.out).entries).toMatchObject([
    { user: user.email, address: "192.0.2.9", note: "\u001b[31mred" },
  ]);
});

test("ledger tail --follow shows each entry once, even one that is committed after its successor", async () => {
  const user = await newUser();
  const writer = new Connection(process.env.DATABASE_URL);
  await writer.connect();
  const write = (note: string, client = writer) =>
    client.query("INSERT INTO ledger (event, user_id, note) VALUES ('user_updated', $1, $2)", [user.id, note]);
  const slow = new Connection(process.env.DATABASE_URL);
  await slow.connect();

  const program = start(["ledger", "tail", "-n", "0", "--follow", "--json", "--user", user.email]);
  // Write entries until the program shows one: only its output shows that it follows the ledger.
  const knocking = setInterval(() => write("knock"), 500);
  const steps: Record<string, () => Promise<unknown>> = {
    async knock() {
      clearInterval(knocking);
      await slow.query("BEGIN");
      await write("late", slow);
      await write("early");
    },
    early: () => slow.query("COMMIT"),
    late: async () => program.kill("SIGINT"),
  };
  const shown: { id: string; note: string }[] = [];
  for await (const line of createInterface(program.stdout)) {
    const entry = JSON.parse(line);
    shown.push(entry);
    const step = steps[entry.note];
    delete steps[entry.note];
    await step?.();
  }

  clearInterval(knocking);
  await Promise.all([writer.end(), slow.end()]);
  expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
  expect(shown.map(({ note }) => note).filter((note) => note !== "knock")).toEqual(["early", "late"]);
  expect(program.exitCode ?? (await once(program, "exit"))[0]).toBe(0);
});

test("ledger export writes the whole ledger to a private file, or to standard output", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  const file = join(folder, "ledger.csv");
  const [written, piped] = [
    await json("ledger", "export", "--output", file, "--format", "csv", "--kind", "changes"),
    await spawned(["ledger", "export", "--format", "json", "--kind", "changes"]),
  ];

  const entries = JSON.parse(piped.out);
  expect(written).toEqual({ file, entries: entries.length });
  expect(entries.length).toBeGreaterThan(3);
  expect((await readFile(file, "utf8")).trim().split("\r\n")).toHaveLength(entries.length + 1);
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect(await readdir(folder)).toEqual(["ledger.csv"]);
});

test("sweep --dry-run deletes nothing, and sweep deletes expired sessions", async () => {
  const token = await signIn(await newUser());
  await age(token, 40 * 86_400);
  expect(await json("sweep", "--dry-run")).toMatchObject({ dryRun: true, sessions: 1 });
  expect(await sessionStore().find(token)).not.toBeNull();
  expect(await json("sweep")).toMatchObject({ dryRun: false, sessions: 1 });
  expect(await sessionStore().find(token)).toBeNull();
});

test("policy --json prints numbers, without a database", async () => {
  const settings = { DATABASE_URL: "", SESSION_PRESET: "aal2" };
  const { out } = await spawned(["policy", "--json"], { settings });
  expect(JSON.parse(out)).toMatchObject({ preset: "aal2", standard: { idle: 3600, total: 86_400, touch: 60 } });
});

test("an unreachable, refusing or foreign database gives one message and an exit status, without a stack", async () => {
  const refusing = new URL(String(process.env.DATABASE_URL));
  refusing.password = "wrong";
  const empty = new URL(String(process.env.DATABASE_URL));
  empty.pathname = "/postgres";
  const urls = ["postgresql://nobody:nothing@127.0.0.1:1/nowhere", refusing.href, empty.href];
  const runs = await Promise.all(
    urls.map((DATABASE_URL) => spawned(["user", "list", "--json"], { settings: { DATABASE_URL } })),
  );

  expect(runs.map(({ status, err }) => [status, JSON.parse(err).error])).toEqual([
    [3, expect.stringContaining("does not respond")],
    [3, expect.stringContaining("refuses")],
    [1, expect.stringContaining("npm run db:migrate")],
  ]);
});
