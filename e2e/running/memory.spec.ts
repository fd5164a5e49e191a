import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Page } from "playwright/test";
import { expect, newUser, phone, submitLogin, test, unfoldDeletion } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";

// A server that keeps sessions in its memory.

test.slow();
test.describe.configure({ mode: "default" });

const SETTINGS = { SESSION_STORE: "memory", SESSION_STORE_MEMORY: "yes" };

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer({ ...SETTINGS, PORT: String(await freePort()) });
});

test.afterAll(() => server?.stop());

/** The state of the browser's session: "valid", or the reason of its end. */
async function stateOf(page: Page): Promise<string> {
  const response = await page.request.get("/api/session");
  return response.ok() ? "valid" : (await response.json()).reason;
}

/** Runs a command in another process. Returns its exit status and its JSON output, even that of an error. */
async function latchkey(...args: string[]) {
  const program = spawn(process.execPath, [String(process.env.PROGRAM), "latchkey", ...args, "--json"], {
    env: { ...process.env, ...SETTINGS },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => program.once("exit", resolve));
  const [out, err] = await Promise.all([text(program.stdout), text(program.stderr)]);
  return { status: await exited, said: JSON.parse(out || err) };
}

test("users of a server with sessions in memory log in, see and end their sessions, and log out", async ({
  page,
  user,
}) => {
  const [one, two] = [await phone(page, user, server.url), await phone(page, user, server.url)];
  await two.goto("/sessions");
  await expect(two.getByRole("article")).toHaveCount(2);
  await two.getByRole("button", { name: "Log out other devices" }).click();
  await expect(one).toHaveURL(/\/login/);

  expect([await stateOf(one), await stateOf(two)]).toEqual(["revoked", "valid"]);
  await one.goto("/dashboard");
  await expect(one.getByText("You logged this device out from Safari on iOS.")).toBeVisible();
  const copy = await two.context().cookies();
  await two.goto("/dashboard");
  await two.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(two.getByText("You've logged out.")).toBeVisible();
  await two.context().addCookies(copy);
  expect(await stateOf(two)).toBe("logged-out");
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id, event: "session_expired" } });
  expect(lines.map(({ reason }) => reason)).toEqual(["revoked", "logged-out"]);
  for (const each of [one, two]) await each.context().close();
});

test("administrators of a server with sessions in memory end a user's sessions", async ({ page, user }) => {
  const admin = await newUser();
  await db().user.update({ where: { id: admin.id }, data: { role: "admin" } });
  const [theirs, asAdmin] = [await phone(page, user, server.url), await phone(page, admin, server.url)];
  const { session } = await (await theirs.request.get("/api/session")).json();
  await asAdmin.goto(`/admin/users/${user.id}`);
  await asAdmin.locator(`form:has([value="${session.handle}"]) button`).click();
  const dialog = asAdmin.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("A lost telephone");
  await dialog.getByRole("button", { name: "Log out" }).click();

  await expect(theirs.getByText("An administrator logged you out.")).toBeVisible();
  expect([await stateOf(theirs), await stateOf(asAdmin)]).toEqual(["by-admin", "valid"]);
  await db().user.delete({ where: { id: admin.id } });
  // The row of its user is read at each look-up.
  expect((await asAdmin.request.get("/api/session")).status()).toBe(401);
  for (const each of [theirs, asAdmin]) await each.context().close();
});

test("a command disables a user with sessions in memory for good, and does not pretend to reach sessions", async ({
  page,
  user,
}) => {
  const theirs = await phone(page, user, server.url);
  for (const args of [
    ["session", "list"],
    ["session", "end", "--user", user.email],
    ["sweep", "--dry-run"],
  ])
    expect(await latchkey(...args)).toEqual({
      status: 1,
      said: { exit: 1, error: expect.stringContaining("in the memory of the running server") },
    });
  const { said } = await latchkey("user", "list", "--search", user.email);
  expect(said.users).toMatchObject([{ id: user.id, sessions: null }]);
  expect(await stateOf(theirs)).toBe("valid");

  expect((await latchkey("user", "disable", user.email)).said).toMatchObject({ state: "done" });
  await expect(theirs).toHaveURL(/\/login/);
  expect((await latchkey("user", "enable", user.email)).said).toMatchObject({ state: "done" });
  expect(await stateOf(theirs)).toBe("disabled");
  const again = await phone(page, user, server.url);
  expect(await stateOf(again)).toBe("valid");
  for (const each of [theirs, again]) await each.context().close();
});

test("deleting an account ends its sessions in memory", async ({ page }) => {
  const user = await newUser();
  const [one, two] = [await phone(page, user, server.url), await phone(page, user, server.url)];
  await one.goto("/account");
  await unfoldDeletion(one);
  await one.locator("#delete-current").fill(user.password);
  await one.getByLabel("Type delete to confirm").fill("delete");
  await one.getByRole("button", { name: "Delete account" }).click();
  await expect(one.getByText("Your account and its data have been deleted")).toBeVisible();

  await expect(two).toHaveURL(/\/login/);
  expect((await two.request.get("/api/session")).status()).toBe(401);
  for (const each of [one, two]) await each.context().close();
});

test("a restart of a server with sessions in memory logs everybody out, and says why", async ({ page, user }) => {
  const theirs = await phone(page, user, server.url);
  expect(await (await theirs.request.get("/readyz")).json()).toEqual({
    status: "ready",
    limits: expect.stringContaining("a restart logs everybody out"),
  });
  const { port: PORT } = new URL(server.url);
  expect(await server.stop()).toBe(0);
  server = await startServer({ ...SETTINGS, PORT });

  // The open page reconnects by itself.
  await expect(theirs).toHaveURL(/\/login\?next=%2Fdashboard/);
  await expect(theirs.getByText("You were logged out because the server was restarted.")).toBeVisible();
  expect(await stateOf(theirs)).toBe("restarted");
  const [line] = await db().ledgerLine.findMany({ where: { userId: user.id, event: "session_expired" } });
  expect(line).toMatchObject({ reason: "restarted", byUserId: null });
  await submitLogin(theirs, user);
  await expect(theirs).toHaveURL(/\/dashboard$/);

  // A process that is killed writes nothing before its end.
  process.kill(server.pid, "SIGKILL");
  server = await startServer({ ...SETTINGS, PORT });
  await expect(theirs).toHaveURL(/\/login/);
  await expect(theirs.getByText("You were logged out because the server was restarted.")).toBeVisible();
  expect(await stateOf(theirs)).toBe("restarted");
  await theirs.context().close();
});

test("sessions in memory are refused in production, and always with several processes", async () => {
  await expect(startServer({ SESSION_STORE: "memory" })).rejects.toThrow(/each restart would log everybody out/);
  await expect(startServer({ ...SETTINGS, INSTANCES: "2" })).rejects.toThrow(/only with INSTANCES=1/);
});
