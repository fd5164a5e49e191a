import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { captureLog } from "@/testing/captured-log";
import { programOf } from "@/testing/program";
import { db } from "./db";
import { log, logConsole } from "./log";
import { type RequestContext, withRequestContext } from "./request-context";
import { seal } from "./session/cookie";
import { newToken } from "./session/token";

const SECRET = "a secret for the tests and for nothing but the tests";
const shared = globalThis as { latchkeyLog?: unknown };

function capturedLog() {
  const lines = captureLog({ secrets: [SECRET] });
  return { log: log(), lines, last: () => JSON.parse(lines.at(-1) ?? "") };
}

afterEach(() => {
  delete shared.latchkeyLog;
});

test("every line that is logged during a request has the id of that request", () => {
  const { log, last } = capturedLog();
  withRequestContext({ requestId: "of-this-request" } as RequestContext, () => log.info("something"));
  expect(last()).toMatchObject({ level: "info", msg: "something", requestId: "of-this-request" });

  log.info("something else");
  expect(last()).not.toHaveProperty("requestId");
});

test("an error is logged with its type, its place and its cause", () => {
  const { log, last } = capturedLog();
  log.error(
    Object.assign(new Error("It broke", { cause: new TypeError("because") }), { code: "EBROKE", digest: "123" }),
  );

  const { msg, err } = last();
  expect(msg).toBe("It broke");
  expect(err).toMatchObject({ type: "Error", message: "It broke", code: "EBROKE", digest: "123" });
  expect(err.stack).toMatch(/^Error: It broke\n\s+at .*log\.test\.ts/);
  expect(err.cause).toMatchObject({ type: "TypeError", message: "because" });
});

test("a secret in the message of an error, or in an object logged with it, is in no line", async () => {
  const { log, lines } = capturedLog();
  const [token, sealed] = [newToken(), await seal(newToken())];
  const headers = { cookie: `session=${sealed}`, authorization: "Basic hunter2", host: "localhost" };
  log.error(new Error(`No session ${token} in ${sealed}`));
  log.error({ err: new Error(SECRET), headers }, `for /reset-password?token=${token}`);
  log.warn({ request: { headers, body: { password: "hunter2" } } });
  log.info({ headers: Object.entries(headers).flat() }, "%s and %o", token, { sealed });

  expect(lines).toHaveLength(4);
  for (const line of lines) {
    for (const secret of [token, sealed, sealed.slice(20, 80), "hunter2", SECRET]) expect(line).not.toContain(secret);
    expect(JSON.parse(line)).toHaveProperty("level");
  }
});

test("text that could not be parsed as JSON is not logged", () => {
  const { log, lines } = capturedLog();
  for (const text of ["hunter2", '{"password": hunter2}', `{"password": "${"long".repeat(99)}" hunter2}`]) {
    try {
      JSON.parse(text);
    } catch (error) {
      log.error(error);
    }
  }
  expect(lines).toHaveLength(3);
  expect(lines.join()).not.toContain("hunt");
});

test("a database error is logged without the values of the query", async () => {
  const { log, lines, last } = capturedLog();
  const email = `${randomUUID()}@example.com`;
  const user = { id: randomUUID(), email, name: "Ada", passwordHash: "hash-of-hers" };
  const failures = [
    db().user.createMany({ data: [user, user] }),
    db().user.create({ data: { ...user, role: "queen" as never } }),
    db().$queryRaw`SELECT ${email}::int`,
  ];
  for (const failure of failures)
    log.error(
      await failure.then(
        () => new Error("none"),
        (error: unknown) => error,
      ),
    );

  for (const line of lines) {
    expect(line).toContain("A statement failed");
    for (const value of [email, user.id, "hash-of-hers", "queen"]) expect(line).not.toContain(value);
  }
  expect(last().msg).toContain("P2010");
});

test("errors and warnings that other code prints become lines of the log, with their error objects", () => {
  const { lines } = capturedLog();
  const giveBack = logConsole();
  const token = newToken();
  console.error(" ⨯", Object.assign(new Error(`It broke at ${token}`), { digest: "4711" }));
  console.warn("Failed to find %s", token, { cookie: "session=hunter2" });
  giveBack();

  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "error", msg: "It broke at [redacted]", err: { message: "It broke at [redacted]", digest: "4711" } },
    { level: "warn", msg: expect.stringContaining("Failed to find [redacted]") },
  ]);
  expect(lines.join()).not.toContain("hunter2");
});

test("once the console is restored, its output is printed and not logged", () => {
  const { lines } = capturedLog();
  logConsole()();
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  console.error("to the person");

  expect(lines).toEqual([]);
  expect(printed).toHaveBeenCalledWith("to the person");
  printed.mockRestore();
});

test.skipIf(!existsSync("/dev/full"))(
  "a full disk loses lines of the log, but does not end the process",
  () => {
    const program = `
    import { setTimeout as pause } from "node:timers/promises";
    import { log } from "./lib/log";
    for (let line = 0; line < 5; line++) { log().error("A line"); await pause(20); }
    console.error("still here");
    process.exit(0);`;
    // Through a shell, because only a shell can redirect the output of a program to /dev/full.
    const { stderr, status } = spawnSync(
      "sh",
      ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, ...programOf(program)],
      {
        encoding: "utf8",
        timeout: 60_000,
        env: { ...process.env, LOG_LEVEL: "info" },
      },
    );

    expect([stderr.trim(), status]).toEqual(["still here", 0]);
  },
  70_000,
);
