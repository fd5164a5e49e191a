import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright/test";
import {
  type BoundBrowser,
  cookieJar,
  launchChromium,
  logInAt,
  PROOF,
  runOut,
  startChromium,
  untilBound,
} from "@/e2e/support/bound-browser";
import { expect, mailTo, submitLogin, type TestUser, test, untilListening } from "@/e2e/support/fixtures";
import { addApp, halfLogIn, submitCode } from "@/e2e/support/second-factor";
import { type SecureServer, startSecureServer } from "@/e2e/support/secure-server";
import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { type Wire, wireTo } from "@/testing/wire";

// A real Chromium, which binds sessions to a key that it keeps.

const { WHOLE_CHROMIUM, OPENSSL } = process.env;
test.skip(!existsSync(String(OPENSSL)), "openssl is not installed on this machine");
test.skip(
  !existsSync(String(WHOLE_CHROMIUM)),
  "Chromium is not installed on this machine, except for its headless shell",
);
test.describe.configure({ mode: "default" });

let wire: Wire;
let server: SecureServer;
/** Two that run all the time: one that binds sessions, and one that cannot. */
let [binding, unable]: Browser[] = [];
let chromium: BoundBrowser;

test.beforeAll(async () => {
  wire = await wireTo(String(process.env.DATABASE_URL));
  server = await startSecureServer("binding", { DATABASE_URL: wire.url });
  [binding, unable] = await Promise.all([launchChromium(server), launchChromium(server, false)]);
});
test.afterAll(async () => {
  await Promise.all([binding?.close(), unable?.close()]);
  await server?.stop();
  wire?.close();
});
test.beforeEach(async () => {
  chromium = await startChromium(server, { within: binding });
  server.passed.length = 0;
  server.fail = null;
});
test.afterEach(async () => {
  await chromium.close();
});

const refreshes = () => server.passed.filter(({ path }) => path === "/session/prove").length;
const ends = () => chromium.events.filter((event) => event.startsWith("end:"));

/** Logs in, and waits until the session is bound and the browser has shown its proof. */
async function logInBound(user: TestUser): Promise<{ handle: string }> {
  await logInAt(chromium.page, user);
  const session = await untilBound(user);
  await expect
    .poll(async () => {
      await chromium.page.reload();
      const where = { handle: session.handle };
      const row = await db().session.findUnique({ where, select: { provedAt: true, proofSeenAt: true } });
      return row?.proofSeenAt && row.proofSeenAt.getTime() === row.provedAt?.getTime();
    })
    .toBe(true);
  return session;
}

const api = () => chromium.page.evaluate(() => fetch("/api/session").then(({ status }) => status));

test("a log-in binds the session to a key of the browser, and the page of sessions says so", async ({ user }) => {
  await logInAt(chromium.page, user);
  await untilBound(user);
  await chromium.page.goto("/sessions");
  await chromium.page.locator("article summary").first().click();
  await expect(chromium.page.getByText(/^Bound since/)).toBeVisible();
  expect(ends()).toEqual([]);
});

test("a log-in without JavaScript binds the session, too", async ({ user }) => {
  const context = await chromium.browser?.newContext({ baseURL: server.url, javaScriptEnabled: false });
  const page = await context?.newPage();
  if (!page) throw new Error("There is no page");
  await logInAt(page, user);
  await page.goto("/account");
  await untilBound(user);
});

test("a bound session goes on when its proof runs out, and its user sees nothing of it", async ({ user }) => {
  await logInBound(user);
  for (const path of ["/sessions", "/account", "/dashboard"]) {
    await runOut(chromium);
    await chromium.page.goto(path);
    await expect(chromium.page).toHaveURL(`${server.url}${path}`);
  }
  expect(ends()).toEqual([]);
});

test("all tabs wait for one refresh", async ({ user }) => {
  await logInBound(user);
  const tabs = [chromium.page, await chromium.context.newPage(), await chromium.context.newPage()];
  for (const tab of tabs) await tab.goto("/robots.txt");
  const before = refreshes();
  await runOut(chromium);
  const statuses = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(() =>
        Promise.all(Array.from({ length: 5 }, () => fetch("/api/session").then(({ status }) => status))),
      ),
    ),
  );
  expect(statuses.flat()).toEqual(Array(15).fill(200));
  expect(refreshes() - before).toBe(1);
});

test("a form that is sent after the proof has run out arrives whole", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto("/account");
  await chromium.page.getByLabel("Name", { exact: true }).fill("Countess");
  await runOut(chromium);
  await chromium.page.getByRole("button", { name: "Save" }).first().click();
  await expect.poll(async () => (await db().user.findUnique({ where: { id: user.id } }))?.name).toBe("Countess");
});

test("copied cookies are refused once the proof has run out, the browser goes on, and its owner hears of it once", async ({
  user,
}) => {
  await logInBound(user);
  await chromium.page.goto("/dashboard");
  const whole = await cookieJar(chromium);
  expect((await server.ask("/api/session", { headers: { cookie: whole } })).status).toBe(200);

  const later = await cookieJar(chromium, PROOF);
  for (let tries = 0; tries < 3; tries++) {
    const refused = await server.ask("/api/session", { headers: { cookie: later, "user-agent": "Thief" } });
    expect([refused.status, JSON.parse(refused.text).reason]).toEqual([401, "unproven"]);
  }
  expect((await server.ask("/dashboard", { headers: { cookie: later } })).headers.location).toContain(
    "/confirm?unproven",
  );

  expect(await api()).toBe(200);
  await expect(chromium.page.getByText(/^A copy of this log-in was used/)).toBeVisible();
  const mail = await mailTo(user.email, /copy of your log-in/);
  expect(mail.link).toContain("/secure-account?token=");
  const where = { userId: user.id, event: "authn_token_reuse" };
  expect(await db().ledgerLine.findMany({ where, select: { reason: true, userAgent: true } })).toEqual([
    { reason: "copied", userAgent: "Thief" },
  ]);
});

test("a link on another site leads to the page after the proof has run out, still logged in", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto(server.elsewhere);
  await runOut(chromium);
  await chromium.page.getByRole("link", { name: "There" }).click();
  await expect(chromium.page).toHaveURL(`${server.url}/sessions`);
  await expect(
    chromium.page.getByRole("heading", { name: "Devices" }).or(chromium.page.locator("article").first()).first(),
  ).toBeVisible();
  // The server knows that the browser had a proof for some minutes more.
  expect(await db().ledgerLine.count({ where: { userId: user.id, event: "authn_token_reuse" } })).toBe(0);
  expect(ends()).toEqual([]);
});

test("after a log-out the browser has no bound session left", async ({ user }) => {
  await logInBound(user);
  await chromium.page.getByRole("button", { name: "Log out", exact: true }).first().click();
  await expect(chromium.page).toHaveURL(/\/(login|logout)?(\?.*)?$/);
  await chromium.page.goto("/login");
  // Logging out clears the site's storage, and with it the binding.
  await expect.poll(() => ends().length).toBe(1);
});

test("a log-in over an earlier session binds the new one", async ({ user }) => {
  const first = await logInBound(user);
  await chromium.context.clearCookies({ name: "__Host-session" });
  await logInAt(chromium.page, user);
  await expect.poll(async () => (await untilBound(user)).handle).not.toBe(first.handle);
  await runOut(chromium);
  await chromium.page.goto("/sessions");
  await expect(chromium.page).toHaveURL(`${server.url}/sessions`);
});

test("a session that was ended elsewhere is not refreshed, and the browser forgets its binding", async ({ user }) => {
  const { handle } = await logInBound(user);
  await chromium.page.goto("/robots.txt");
  const by = { userAgent: null, ipAddress: null };
  await transaction((tx) => sessionStore().end(tx, { userId: user.id, handles: [handle] }, "revoked", by));
  await runOut(chromium);
  await chromium.page.goto("/dashboard");
  await expect(chromium.page).toHaveURL(/\/login\?next/);
  await expect.poll(ends).toEqual(["end:ServerRequested"]);
});

test("an outage of the database at a refresh ends no binding", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto("/robots.txt");
  await runOut(chromium);
  wire.swallow(true);
  try {
    expect((await chromium.page.goto("/dashboard"))?.status()).toBe(503);
  } finally {
    wire.swallow(false);
  }
  await expect(async () => {
    await chromium.page.goto("/dashboard");
    await expect(chromium.page.getByRole("heading", { level: 1 })).toHaveText(/Hello/, { timeout: 1000 });
  }).toPass();
  expect(ends()).toEqual([]);
});

test("a restart of the server ends no binding", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto("about:blank");
  await server.restart();
  await runOut(chromium);
  await chromium.page.goto("/sessions");
  await expect(chromium.page).toHaveURL(`${server.url}/sessions`);
  expect(ends()).toEqual([]);
});

test("a restart of the browser ends no binding", async ({ user }) => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-chromium-"));
  await chromium.close();
  chromium = await startChromium(server, { folder });
  const { handle } = await logInBound(user);
  await chromium.page.goto("about:blank");
  await chromium.close();

  chromium = await startChromium(server, { folder });
  await runOut(chromium);
  await chromium.page.goto("/dashboard");
  await expect(chromium.page).toHaveURL(`${server.url}/dashboard`);
  expect((await untilBound(user)).handle).toBe(handle);
  // While it runs, it writes to its folder.
  await chromium.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("a browser that has lost its key enters the password once, and is bound anew", async ({ user }) => {
  await logInBound(user);
  const before = await untilBound(user);
  await chromium.page.goto("/robots.txt");
  await chromium.loseKey();
  await runOut(chromium);
  await chromium.page.goto("/sessions");
  await expect(chromium.page).toHaveURL(/\/confirm\?unproven/);
  await chromium.page.getByLabel("Password", { exact: true }).fill(user.password);
  await chromium.page.getByRole("button", { name: "Confirm" }).click();
  await expect(chromium.page).toHaveURL(`${server.url}/sessions`);
  await expect.poll(async () => (await untilBound(user)).boundAt.getTime()).toBeGreaterThan(before.boundAt.getTime());
  await runOut(chromium);
  await chromium.page.goto("/account");
  await expect(chromium.page).toHaveURL(`${server.url}/account`);
});

test("an open page asks for the password in place when the key is lost, and keeps what was typed", async ({ user }) => {
  await logInBound(user);
  const { page } = chromium;
  await page.goto("/account");
  await page.getByLabel("Name", { exact: true }).fill("Countess");
  await chromium.loseKey();
  await runOut(chromium);
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  const dialog = page.getByRole("dialog", { name: "Confirm that it's you" });
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Countess");
});

test("for ten requests with a proof the browser refreshes at most once", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto("/robots.txt");
  const before = refreshes();
  for (let request = 0; request < 10; request++) expect(await api()).toBe(200);
  expect(refreshes() - before).toBe(0);
  await runOut(chromium);
  for (let request = 0; request < 10; request++) expect(await api()).toBe(200);
  expect(refreshes() - before).toBe(1);
});

test("static files never wait for a proof", async ({ user }) => {
  await logInBound(user);
  await chromium.page.goto("/robots.txt");
  const before = refreshes();
  await runOut(chromium);
  await chromium.page.evaluate(() => fetch("/icon.svg").then((answer) => answer.text()));
  await chromium.page.evaluate(() => fetch("/_next/static/none.js").then((answer) => answer.text()));
  expect(refreshes() - before).toBe(0);
});

test("log-ins in two browsers bind two keys", async ({ user }) => {
  await logInBound(user);
  const other = await startChromium(server, { within: binding });
  await logInAt(other.page, user);
  await expect
    .poll(async () => {
      const sessions = await db().session.findMany({ where: { userId: user.id }, select: { proofKey: true } });
      return new Set(sessions.map(({ proofKey }) => JSON.stringify(proofKey))).size;
    })
    .toBe(2);
  await other.close();
});

test("a browser that cannot sign logs in as ever, and its session is not bound", async ({ user }) => {
  const plain = await startChromium(server, { within: unable });
  await logInAt(plain.page, user);
  await plain.page.goto("/sessions");
  await plain.page.locator("article summary").first().click();
  await expect(plain.page.getByText("Not bound")).toBeVisible();
  expect(server.passed.filter(({ path }) => path === "/session/bind")).toEqual([]);
  await plain.close();
});

test("with DEVICE_BINDING=require an administrator in a bound session gets in, and another one reads why not", async ({
  user,
}) => {
  await db().user.update({ where: { id: user.id }, data: { role: "admin" }, select: { id: true } });
  await server.restart({ DEVICE_BINDING: "require" });
  const plain = await startChromium(server, { within: unable });
  try {
    await logInAt(plain.page, user);
    await db()
      .$executeRaw`UPDATE sessions SET confirmed_at = now() - interval '2 min' WHERE user_id = ${user.id}::uuid`;
    expect((await plain.page.goto("/admin/users"))?.status()).toBe(403);
    await expect(plain.page.getByText("Use Chrome or Edge on Windows")).toBeVisible();
    expect((await plain.page.goto("/account"))?.status()).toBe(200);

    await logInAt(chromium.page, user);
    const { handle } = await untilBound(user);
    // Later than an unbound session may.
    await db().$executeRaw`UPDATE sessions SET confirmed_at = now() - interval '2 min' WHERE handle = ${handle}::uuid`;
    expect((await chromium.page.goto("/admin/users"))?.status()).toBe(200);
    await chromium.page.goto("about:blank");
    await plain.page.goto("about:blank");
  } finally {
    await plain.close();
    await server.restart();
  }
});

test("an administrator filters sessions by whether they are bound, and logs out those that are not", async ({
  user,
}) => {
  await db().user.update({ where: { id: user.id }, data: { role: "admin" }, select: { id: true } });
  const plain = await startChromium(server, { within: unable });
  await logInAt(plain.page, user);
  await plain.page.goto("about:blank");
  await logInAt(chromium.page, user);
  await untilBound(user);
  const { page } = chromium;
  const rows = page.getByRole("table").getByRole("row");

  await page.goto(`/admin/sessions?user=${user.email}`);
  await expect(rows).toHaveCount(3);
  await page.getByLabel("Device binding").selectOption("Bound to its device");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/bound=yes/);
  await expect(rows).toHaveCount(2);
  await page.goto(`/admin/sessions?user=${user.email}&bound=no`);
  await expect(rows).toHaveCount(2);
  await expect(page.getByLabel("Device binding")).toHaveValue("no");
  await untilListening(page);
  await page.getByRole("button", { name: "Log out all 1" }).click();
  await page.getByLabel("Reason").fill("Only bound ones may stay");
  await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
  await expect(page.getByText("Logged out 1 session.")).toBeVisible();
  expect(await db().session.findMany({ where: { userId: user.id }, select: { boundAt: true } })).toEqual([
    { boundAt: expect.any(Date) },
  ]);
  const exported = (query: string) =>
    page.evaluate((path) => fetch(path).then(({ status }) => status), `/admin/sessions/export?bound=${query}`);
  expect([await exported("yes"), await exported("maybe")]).toEqual([200, 400]);
  await plain.close();
});

test("a trusted browser is not asked for the code after a log-out, and a copy of all its cookies is", async ({
  user,
}) => {
  const app = await addApp(user);
  const { page, context } = chromium;
  await halfLogIn(page, user);
  await page.getByLabel("Don't ask again in this browser").check();
  await submitCode(page, await app.code());
  await expect(page).toHaveURL(/\/dashboard$/);
  await page.goto("/account");
  const where = { userId: user.id };
  const isKept = async () => (await db().knownBrowser.findFirst({ where, select: { trustedKey: true } }))?.trustedKey;
  await expect.poll(isKept).toBeTruthy();

  const logOut = async () => {
    await page.goto("/logout");
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page).toHaveURL(/\/login/);
  };
  for (let count = 0; count < 2; count++) {
    await logOut();
    await submitLogin(page, user);
    await expect(page).toHaveURL(/\/dashboard$/);
    await untilBound(user);
    await page.goto("/account");
  }
  await logOut();
  // What the browser kept of private pages is gone all the same.
  await page.evaluate(() => history.go(-2));
  await expect(page).toHaveURL(/\/login\?next=%2Faccount/);

  const thief = await startChromium(server, { within: unable });
  await thief.context.addCookies((await context.cookies()).filter(({ name }) => name !== PROOF));
  await halfLogIn(thief.page, user);
  await thief.close();
  // The browser itself goes on.
  await submitLogin(page, user);
  await expect(page).toHaveURL(/\/account$/);
});
