import { readFileSync } from "node:fs";
import type { Page } from "playwright/test";
import {
  answersAboutSession,
  expect,
  IPHONE,
  newUser,
  openAndAsk,
  openTab,
  phone,
  sessionCookie,
  startManySessions,
  submitLogin,
  test,
  unfold,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { hashToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import { startServer } from "@/testing/server";
import { ageSessions, createSession } from "@/testing/sessions";

const BROWSER = { userAgent: null, ipAddress: null, publicComputer: false, previousToken: null };

// ASVS 5.0, 7.5.2: users see all sessions, and end any of them.
test("every browser is listed with its details, this one first", async ({ page, user, logIn }) => {
  const other = await phone(page, user);
  await logIn(page, user, "/sessions");

  const [here, there] = [page.getByRole("article").nth(0), page.getByRole("article").nth(1)];
  await expect(here).toContainText("This device");
  await expect(here).toContainText("Chrome on Linux");
  await expect(there).toContainText("Safari on iOS");
  await expect(there).toContainText(/from 2001:db8:/);
  await expect(there).toContainText("Valid: used within the last 7 days, and logged in less than 30 days ago.");
  await expect(there.getByText("in 7 days")).toHaveAttribute("title", /20\d\d/);
  await other.context().close();
});

test("revoking a session makes its open page leave by itself, with the reason and a way back", async ({
  page,
  user,
  logIn,
}) => {
  const other = await phone(page, user);
  await other.goto("/account");
  await untilListening(other);
  await logIn(page, user, "/sessions");
  await untilListening(page);

  // Nobody touches that page: only the announcement can make it leave.
  const gone = other.waitForURL(/\/login/, { timeout: 20_000 });
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await gone;
  await expect(other.getByText("You logged this device out from Chrome on Linux.")).toBeVisible();
  await expect(other).toHaveURL("/login?next=%2Faccount");

  await expect(page.getByText("Safari on iOS is out.")).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(1);
  await other.context().close();
});

test("15 devices fit into 1,100 px, and each opens to its details", async ({ page, user, logIn }) => {
  await startManySessions(user);
  await logIn(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto("/sessions");
  await expect(page.getByRole("article")).toHaveCount(15);

  const boxes = await page.getByRole("article").evaluateAll((all) => all.map((each) => each.getBoundingClientRect()));
  for (const { height } of boxes) expect(height).toBeLessThanOrEqual(64);
  const top = (await page.getByRole("search").boundingBox())?.y ?? 0;
  expect((boxes.at(-1)?.bottom ?? 0) - top).toBeLessThanOrEqual(1100);

  const device = page.getByRole("article", { name: "Device 3", exact: true });
  await expect(device).toContainText("203.0.113.3 · Last active 3 minutes ago");
  await expect(device.getByRole("term")).toHaveCount(0);
  await unfold(page, "Device 3");
  await expect(device.getByRole("term")).toHaveText([
    "Logged in",
    "Identity last confirmed",
    "Logs out if unused",
    "Expires",
  ]);
  await expect(device.getByText("Valid: used within")).toBeVisible();
});

test("many devices can be searched and sorted while typing, and are grouped by time", async ({ page, user, logIn }) => {
  await startManySessions(user);
  await logIn(page, user, "/sessions");
  await untilListening(page);
  const shown = page.getByRole("article");
  const names = () => shown.evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
  expect((await names()).slice(0, 3)).toEqual(["Chrome on Linux", "Device 1", "Device 2"]);

  await page.getByLabel("Sort by").selectOption("Newest log-in");
  expect((await names()).slice(0, 3)).toEqual(["Chrome on Linux", "Device 14", "Device 13"]);
  await expect(page.getByRole("heading", { name: "Past 7 days" })).toBeVisible();
  await page.getByLabel("Sort by").selectOption("Name");
  expect((await names()).slice(-2)).toEqual(["Device 13", "Device 14"]);
  await expect(page.getByRole("heading", { level: 2 }), "by name, there are no groups").toHaveCount(15);

  await page.getByLabel("Search devices").fill("203.0.113.12");
  expect(await names()).toEqual(["Device 12"]);
  // An event from elsewhere keeps the search.
  await db().session.updateMany({ where: { name: "Device 12", userId: user.id }, data: { name: "Kitchen" } });
  await expect(page.getByRole("article", { name: "Kitchen" })).toBeVisible();
  expect(await names()).toEqual(["Kitchen"]);
  await page.getByLabel("Search devices").fill("nothing of that kind");
  await expect(page.getByText("No devices match.")).toBeVisible();
});

test("selected devices are logged out together, at once, and only the user's own", async ({ page, user, logIn }) => {
  await startManySessions(user);
  await logIn(page);
  const other = await phone(page, user);
  const stranger = await newUser();
  await startManySessions(stranger);
  const foreign = await db().session.findFirstOrThrow({ where: { userId: stranger.id }, select: { handle: true } });
  await page.goto("/sessions");
  await untilListening(page);
  await expect(page.getByRole("article", { name: "Chrome on Linux" }).getByRole("checkbox")).toHaveCount(0);
  await page.getByRole("button", { name: "Log out selected" }).click();
  await expect(page.getByText("Select at least one device.")).toBeVisible();

  for (const name of ["Safari on iOS", "Device 1", "Device 2", "Device 3"])
    await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
  // This device and somebody else's, as no page would send them.
  const here = await db().session.findFirstOrThrow({
    where: { userId: user.id, name: null, userAgent: { contains: "Chrome" } },
    select: { handle: true },
  });
  await page.evaluate(
    ([here, foreign]) => {
      const boxes = document.querySelectorAll<HTMLInputElement>("input[name=handle]:checked");
      for (const [index, value] of [here, foreign].entries()) Object.assign(boxes[index + 2] as object, { value });
    },
    [here.handle, foreign.handle],
  );
  const gone = other.waitForURL(/\/login/, { timeout: 20_000 });
  await page.getByRole("button", { name: "Log out 4 selected" }).click();
  await gone;
  await expect(page.getByText("Logged out 2 devices.")).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(14);
  await expect(page.getByRole("button", { name: /^Log out (2 )?selected$/ })).toBeVisible();

  expect(await db().session.count({ where: { userId: stranger.id } })).toBe(14);
  const lines = { where: { userId: user.id, event: "session_expired" }, select: { reason: true, byUserId: true } };
  expect(await db().ledgerLine.findMany(lines)).toEqual(Array(2).fill({ reason: "revoked", byUserId: user.id }));
  expect(await db().ledgerLine.count({ where: { userId: user.id, event: "authz_fail" } })).toBe(1);
  await db().user.delete({ where: { id: stranger.id } });
  await other.context().close();
});

test("all devices that match a search can be selected at once", async ({ page, user, logIn }) => {
  await startManySessions(user);
  await logIn(page, user, "/sessions");
  await page.getByRole("checkbox", { name: "Select Device 5", exact: true }).check();
  await expect(page.getByRole("button", { name: "Log out 1 selected" })).toBeVisible();
  await page.getByLabel("Search devices").fill("Device 1");
  await expect(page.getByRole("button", { name: "Log out selected" }), "only what is visible counts").toBeVisible();
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("button", { name: "Log out 6 selected" }).click();
  await expect(page.getByText("Logged out 6 devices.")).toBeVisible();
  await expect(page.getByText("No devices match.")).toBeVisible();

  await page.getByLabel("Search devices").fill("");
  for (const name of ["Device 5", "Device 6"])
    await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
  await page.getByRole("button", { name: "Log out 2 selected" }).press("Enter");
  await expect(page.getByRole("article")).toHaveCount(7);
  await expect(page.getByRole("button", { name: "Log out selected" }), "it stays below 8 devices").toBeFocused();
});

test("the page lists sessions that ended recently, with the reason, by whom and when", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const other = await phone(page, user);
  await db().ledgerLine.createMany({
    data: [
      { event: "session_expired", userId: user.id, reason: "by-admin", note: "Stolen" },
      { event: "session_expired", userId: user.id, reason: "idle", at: new Date(Date.now() - 31 * DAY) },
    ],
  });
  await page.goto("/sessions");
  const ended = page.getByRole("group").filter({ hasText: "Recently ended" }).getByRole("listitem");
  await expect(ended).toHaveText([/^Logged out by an administrator“Stolen”by an administrator\d+ /]);
  await untilListening(page);
  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await expect(ended).toHaveText([/^Logged out Safari on iOSby you, Chrome on Linux, 2001:db8:/, /administrator/]);
  await other.context().close();
});

test("logging out in one tab logs out the other tabs", async ({ page, logIn }) => {
  await logIn(page);
  const tab = await openTab(page);
  await page.getByRole("button", { name: "Log out", exact: true }).click();

  await expect(tab).toHaveURL("/login?next=%2Faccount");
});

test("a password change logs out the open pages of every other browser", async ({ page, user, logIn }) => {
  const other = await phone(page, user);
  await logIn(page, user, "/account");
  await page.locator("#password-current").fill(user.password);
  await page.getByLabel("New password").fill("orange wednesday teapot lychee");
  await page.getByRole("button", { name: "Change password" }).click();

  await expect(other).toHaveURL(/\/login/);
  await expect(other.getByText("because your password was changed")).toBeVisible();
  await other.context().close();
});

test("disabling an account logs out its open pages, even when done directly in the database", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await untilListening(page);
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });

  await expect(page).toHaveURL("/login?next=%2Fdashboard");
  await expect(page.getByText("your account has been disabled")).toBeVisible();
});

test("an open page hears of a session ended on another instance, even after its own instance was restarted", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  let server = await startServer({});
  const { port } = new URL(server.url);
  const other = await phone(page, user, server.url);
  await server.stop();
  // The page reconnects to the stream by itself.
  const back = other.waitForResponse((response) => response.url().endsWith("/api/events") && response.ok());
  server = await startServer({ PORT: port });
  await back;
  await page.goto("/sessions");
  await expect(page.getByRole("article")).toHaveCount(2);
  await page.getByRole("button", { name: "Log out other devices" }).click();
  await expect(other).toHaveURL(/\/login/);
  await server.stop();
  await other.context().close();
});

test("a log-in elsewhere appears on the open sessions page and dashboard by itself", async ({ page, user, logIn }) => {
  await logIn(page);
  const tab = await page.context().newPage();
  await tab.goto("/sessions");
  await untilListening(tab);
  await expect(page.getByText("This is your only device")).toBeVisible();
  const other = await phone(page, user);

  await expect(tab.getByRole("article")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Log out Safari on iOS" })).toBeVisible();
  await expect(page.getByText("New log-in from Safari on iOS")).toBeVisible();
  await other.context().close();
});

test("neither listening to the stream nor a page's own requests count as use", async ({ page, user, logIn }) => {
  await logIn(page, user, "/sessions");
  await untilListening(page);
  await ageSessions({ userId: user.id }, { created: HOUR, seen: HOUR });
  const before = await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { lastSeenAt: true } });
  for (const path of ["/api/session", "/api/sessions", "/api/devices", "/api/notices"]) await page.request.get(path);
  const other = await phone(page, user);
  await expect(page.getByRole("article")).toHaveCount(2);

  const oldest = await db().session.findFirstOrThrow({
    where: { userId: user.id },
    orderBy: { createdAt: "asc" },
    select: { lastSeenAt: true },
  });
  expect(oldest.lastSeenAt).toEqual(before.lastSeenAt);
  await other.context().close();
});

test("a late response does not overwrite newer data", async ({ page, user, logIn }) => {
  await logIn(page);
  await openAndAsk(page, "/sessions");
  const name = (name: string) => db().session.updateMany({ where: { userId: user.id }, data: { name } });

  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let hear = () => {};
  const answered = new Promise<void>((resolve) => {
    hear = resolve;
  });
  await page.route(
    "/api/devices",
    async (route) => {
      const answer = await route.fetch();
      hear();
      await held;
      await route.fulfill({ response: answer });
    },
    { times: 1 },
  );
  await name("Kitchen");
  await answered;
  await name("Bathroom");
  await expect(page.getByRole("article", { name: "Bathroom" })).toBeVisible();

  const late = page.waitForResponse("/api/devices");
  letGo();
  await (await late).finished();
  // After two animation frames the page would show the late response.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await page.getByRole("article", { name: "Bathroom" }).count()).toBe(1);
});

test("a user can name a device of their own, and undo it, and cannot name anyone else's", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page, user, "/sessions");
  await unfold(page, "Chrome on Linux");
  await page.getByLabel("New name for Chrome on Linux").fill("The <b>kitchen</b> computer");
  await page.getByRole("button", { name: "Rename Chrome on Linux" }).click();
  await expect(page.getByRole("article", { name: "The <b>kitchen</b> computer" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("article", { name: "Chrome on Linux" })).toBeVisible();
  await expect(page.getByLabel("New name for Chrome on Linux")).toHaveValue("");
  await expect(page.getByLabel("New name for Chrome on Linux")).toBeFocused();

  const stranger = await newUser();
  const token = await createSession(stranger, BROWSER);
  const { handle } = await db().session.findFirstOrThrow({
    where: { tokenHash: hashToken(token) },
    select: { handle: true },
  });
  // At once, before an update of the page brings back its own handle.
  await page.getByRole("button", { name: /^Rename / }).evaluate((button: HTMLElement, value) => {
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=handle]")) input.value = value;
    button.click();
  }, handle);
  await expect(page.getByText("This device is already logged out.")).toBeVisible();
  await db().user.delete({ where: { id: stranger.id } });
});

// ASVS 5.0, 7.5.1 and 7.5.3: sensitive actions need a fresh confirmation.
test("a sensitive action asks for a password not entered recently, then continues with the typed text", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const before = await sessionCookie(page);
  await ageSessions({ userId: user.id }, { lapsed: 1000 });
  await page.goto("/account");
  await page.getByLabel("New email").fill("grace@example.com");
  await page.getByRole("button", { name: "Change email" }).click();

  const dialog = page.getByRole("dialog", { name: "Confirm that it's you" });
  await dialog.getByLabel("Password", { exact: true }).fill("not the password");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(dialog.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/Wrong password/);
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("We've emailed grace@example.com")).toBeVisible();

  // The token is new: a cookie copied before is worthless.
  expect((await sessionCookie(page))?.value).not.toBe(before?.value);
  const copied = await page.request.get("/api/session", { headers: { Cookie: `${cookieName()}=${before?.value}` } });
  expect(copied.status()).toBe(401);
});

test("a user can have their password asked for again before the confirmation expires", async ({
  page,
  user,
  logIn,
}) => {
  const other = await phone(page, user);
  await logIn(page, user, "/sessions");
  await unfold(page, "Chrome on Linux");
  await page.getByRole("button", { name: "Ask me to confirm again" }).click();
  await expect(page.getByText("before the next sensitive change")).toBeVisible();

  await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
  await expect(page.getByRole("dialog", { name: "Confirm that it's you" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("article")).toHaveCount(2);
  await other.context().close();
});

test("two minutes before the session ends a page asks whether the user is there, and one answer counts for all tabs", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const tab = await page.context().newPage();
  await tab.goto("/account");
  await ageSessions({ userId: user.id }, { created: 7 * DAY - 90_000, seen: 7 * DAY - 90_000 });

  const warning = (each: Page) => each.getByRole("alertdialog", { name: "Are you still there?" });
  // Repeat until both tabs listen: only the first has the stream, so the test cannot see when the second listens.
  await expect(async () => {
    await page.evaluate(() => new BroadcastChannel("latchkey-live").postMessage("ask"));
    await expect(warning(tab)).toBeVisible({ timeout: 3000 });
  }).toPass();
  await expect(warning(page)).toContainText(/logged out in 1:[0-3]\d/);
  await expect(warning(tab).getByRole("button", { name: "Stay logged in" })).toBeFocused();
  await warning(tab).getByRole("button", { name: "Stay logged in" }).click();
  await expect(warning(tab)).toBeHidden();
  await expect(warning(page)).toBeHidden();
  expect((await page.request.get("/api/session")).status()).toBe(200);
});

test("the warning comes in time even if the browser's clock is wrong and stands still", async ({
  page,
  user,
  logIn,
}) => {
  await page.clock.setFixedTime(Date.now() - 3 * DAY);
  await logIn(page);
  await openAndAsk(page, "/account");
  await ageSessions({ userId: user.id }, { created: 7 * DAY - 126_000, seen: 7 * DAY - 126_000 });
  await Promise.all([
    page.waitForResponse(answersAboutSession),
    page.evaluate(() => new BroadcastChannel("latchkey-live").postMessage("ask")),
  ]);

  await expect(page.getByRole("alertdialog", { name: "Are you still there?" })).toContainText(
    /logged out in [01]:\d\d/,
  );
});

test("a page on a machine that slept notices by itself that its session has ended", async ({ page, user, logIn }) => {
  await logIn(page);
  await openAndAsk(page, "/account");
  await ageSessions({ userId: user.id }, { created: 8 * DAY, seen: 8 * DAY });
  // While a machine sleeps, Date.now() advances, but performance.now() may stand still.
  await page.evaluate((days) => {
    const { now } = Date;
    Date.now = () => now() + days * 86_400_000;
  }, 8);

  await expect(page.getByRole("dialog", { name: "You've been logged out" })).toContainText(
    "after 7 days of inactivity",
  );
});

test("after the session ends, the user logs in again over the page, and what was typed is sent", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await openAndAsk(page, "/account");
  await page.getByLabel("Name").fill("Ada Lovelace");
  const before = await sessionCookie(page);
  await ageSessions({ userId: user.id }, { created: 8 * DAY, seen: 8 * DAY });
  // The page does not know yet that its session has ended.
  await page.getByRole("button", { name: "Save" }).click();

  const dialog = page.getByRole("dialog", { name: "You've been logged out" });
  await expect(dialog).toContainText("after 7 days of inactivity");
  await expect(page.getByLabel("Name")).toBeHidden();
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Log in again" }).click();
  await expect(page.getByText("Name saved.")).toBeVisible();
  expect(await db().user.findUnique({ where: { id: user.id }, select: { name: true } })).toEqual({
    name: "Ada Lovelace",
  });
  expect((await sessionCookie(page))?.value).not.toBe(before?.value);
});

test("when another user logs in with the same browser, nothing of the first user's page remains", async ({
  page,
  user,
  logIn,
}) => {
  const other = await newUser();
  await logIn(page, user, "/account");
  await untilListening(page);
  await ageSessions({ userId: user.id }, { created: 8 * DAY, seen: 8 * DAY });
  await page.evaluate(() => new BroadcastChannel("latchkey-live").postMessage("ask"));
  const tab = await page.context().newPage();
  await tab.goto("/login");
  await submitLogin(tab, other);
  await expect(tab).toHaveURL("/dashboard");

  await expect(page.getByText(user.email)).toHaveCount(0);
  await db().user.delete({ where: { id: other.id } });
});

test.describe("with a limit on sessions", () => {
  for (const kind of ["oldest", "refuse", "choose"]) {
    test(`a log-in at the limit follows AT_MAX_SESSIONS=${kind}`, async ({ page, user }) => {
      const server = await startServer({ MAX_SESSIONS: "1", AT_MAX_SESSIONS: kind });
      const other = await phone(page, user, server.url);
      await page.goto(`${server.url}/login`);
      await submitLogin(page, user);

      if (kind === "refuse") {
        await expect(page.getByText("reached the maximum number of devices")).toBeVisible();
        expect((await other.request.get("/api/session")).status()).toBe(200);
      } else {
        if (kind === "choose") {
          await expect(page.getByLabel(/Safari on iOS/)).toBeChecked();
          await page.getByRole("button", { name: "Log out that device and continue" }).click();
        }
        await expect(page).toHaveURL(`${server.url}/dashboard`);
        await expect(other).toHaveURL(/\/login/);
      }
      expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
      await server.stop();
      await other.context().close();
    });
  }
});

test("activity can be shown, filtered, and exported with the same entries", async ({ page, user, logIn }) => {
  await logIn(page, user, "/logout");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await submitLogin(page, { email: user.email, password: "wrong" });
  await expect(page.getByText("Wrong email or password")).toBeVisible();
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
  await page.goto("/activity");
  for (const what of [
    "Logged in after failed attempts",
    "Failed log-in",
    "Logged out",
    "Logged in from a new device",
  ]) {
    await expect(page.getByText(what, { exact: true })).toBeVisible();
  }
  await expect(page.getByText("2 log-ins")).toBeVisible();
  await expect(page.getByText("1 failure")).toBeVisible();

  await page.getByRole("link", { name: "Failures" }).click();
  await expect(page.getByText("Logged out", { exact: true })).toHaveCount(0);
  await expect(page.getByText("Failed log-in", { exact: true })).toBeVisible();

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "JSON" }).click()]);
  const entries = JSON.parse(readFileSync(await file.path(), "utf8"));
  expect(entries).toMatchObject([{ what: "Failed log-in", kind: "failures" }]);
  const csv = await (await page.request.get("/activity/export")).text();
  expect(csv.trim().split("\r\n")).toHaveLength(5);
});

test("removing a filter empties its field, without loading the page anew", async ({ page, user, logIn }) => {
  await logIn(page, user, "/activity?search=logged&address=192.0.2.0%2F24");
  await page.evaluate(() => Object.assign(window, { isSame: true }));
  await page.getByRole("link", { name: "Remove filter: “logged”" }).click();
  await expect(page.getByLabel("Search activity")).toHaveValue("");
  await expect(page.getByLabel("IP address or range")).toHaveValue("192.0.2.0/24");
  expect(await page.evaluate(() => "isSame" in window)).toBe(true);
});

test("activity is paged by cursor, shows only the user's own entries, and folds those that repeat", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_fail', ${user.id}::uuid, date_trunc('day', now(), 'UTC') - interval '12 hours' + n * interval '1 second'
      FROM generate_series(1, 120) AS n`;
  const line = page.getByRole("listitem").filter({ hasText: "Failed log-in" });
  const seen = new Set<string>();
  await page.goto("/activity?kind=failures");
  for (const count of [50, 50, 20]) {
    await expect(line).toContainText(`Failed log-in · ${count} times`);
    await expect(line, "all are in one line").toHaveCount(1);
    await expect(page.getByRole("heading", { level: 3 }), "their day has its heading on each page").toHaveCount(1);
    await line.getByText("Failed log-in").click();
    await expect(line.getByRole("listitem")).toHaveCount(count);
    for (const time of await line.getByRole("listitem").locator("time").all())
      seen.add((await time.getAttribute("datetime")) ?? "");
    if (count === 20) continue;
    const last = page.url();
    await page.getByRole("link", { name: "Next page" }).click();
    await expect(page).not.toHaveURL(last);
  }
  expect(seen.size, "no entry is missing or shown twice").toBe(120);
  await expect(page.getByRole("link", { name: "First page" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Next page" })).toHaveCount(0);
});

test("the commands dialog works with the keyboard alone", async ({ page, logIn }) => {
  await logIn(page);
  await untilListening(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByPlaceholder("For example: account, log out iPhone")).toBeFocused();
  await page.keyboard.type("devic");
  await expect(page.getByRole("option")).toHaveText(["Devices", "Log out other devices", "Timeline of devices"]);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/sessions");

  await untilListening(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByPlaceholder("For example: account, log out iPhone")).toBeFocused();
  await page.keyboard.type("log out");
  await expect(page.getByRole("option", { selected: true })).toHaveText(/^Log out$/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("You've logged out.")).toBeVisible();
});

test("the commands log out another device by what people call it, and ask for the password first if it is due", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const other = await phone(page, user);
  await untilListening(page);
  await ageSessions({ userId: user.id }, { lapsed: 1000 });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("log out iphone");
  await expect(page.getByRole("option")).toHaveText(["Log out Safari on iOS"]);
  await page.keyboard.press("Enter");

  await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Device logged out.")).toBeVisible();
  await expect(other).toHaveURL(/\/login/);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
  await other.context().close();
});

test("the commands lead administrators to a user", async ({ page, user, logIn }) => {
  await logIn(page);
  await untilListening(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("find nobody-there");
  await expect(page.getByText("No results")).toBeVisible();

  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await page.goto("/dashboard");
  await untilListening(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type(`find ${user.email}`);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/admin/users?search=${encodeURIComponent(user.email)}`);
  await expect(page.getByText(user.email).first()).toBeVisible();
});

test("the event stream needs a session, and carries nothing about other users", async ({
  request,
  page,
  user,
  logIn,
}) => {
  expect((await request.get("/api/events")).status()).toBe(401);
  await logIn(page, user, "/sessions");
  const heard = await page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const events: string[] = [];
        const source = new EventSource("/api/events");
        for (const name of ["changed", "ended"]) source.addEventListener(name, () => events.push(name));
        source.addEventListener("ask", () => setTimeout(() => resolve(events), 1500));
      }),
  );
  expect(heard).toEqual([]);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("logging out another browser asks for the password on a page of its own, then works", async ({ page, user }) => {
    await createSession(user, { ...BROWSER, userAgent: IPHONE });
    await page.goto("/login");
    await submitLogin(page, user);
    await ageSessions({ userId: user.id }, { lapsed: 1000 });
    await page.goto("/sessions");
    await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
    await expect(page).toHaveURL("/confirm?next=%2Fsessions");
    await page.getByLabel("Password", { exact: true }).fill(user.password);
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect(page).toHaveURL("/sessions");

    await page.getByRole("button", { name: "Log out Safari on iOS" }).click();
    await expect(page.getByRole("article")).toHaveCount(1);
  });

  test("many devices can be searched, sorted, opened, and logged out together", async ({ page, user }) => {
    await startManySessions(user);
    await page.goto("/login");
    await submitLogin(page, user);
    await page.goto("/sessions");
    await page.getByLabel("Search devices").fill("device 1");
    await page.getByLabel("Sort by").selectOption("Name");
    await page.getByLabel("Search devices").press("Enter");
    await expect(page).toHaveURL("/sessions?search=device+1&sort=name");
    await expect(page.getByRole("article")).toHaveCount(6);
    await unfold(page, "Device 10");
    await expect(page.getByText("Valid: used within").locator("visible=true")).toHaveCount(1);

    for (const name of ["Device 1", "Device 12"])
      await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
    await page.getByRole("button", { name: "Log out selected" }).click();
    await expect(page.getByText("Logged out 2 devices.")).toBeVisible();
    await expect(page.getByRole("article")).toHaveCount(4);
  });

  test("every part of the dashboard is there", async ({ page, user }) => {
    await createSession(user, { ...BROWSER, userAgent: IPHONE });
    await page.goto("/login");
    await submitLogin(page, { ...user, password: "not that one" });
    await submitLogin(page, user);
    await expect(page.getByRole("heading", { name: "Was this you?" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Log out Safari on iOS" })).toBeVisible();
    await expect(page.getByText("Logged in from a new device").first()).toBeVisible();
  });

  test("an entry of the activity opens to its details", async ({ page, user, logIn }) => {
    await logIn(page, user, "/activity");
    const line = page.getByRole("list", { name: "Today" }).getByRole("listitem");
    await expect(line.locator("time").first()).toHaveAttribute("title", /\d\d:\d\d:\d\d (UTC|GMT)/);
    await expect(line.getByRole("term")).toHaveCount(0);

    await line.getByText("Logged in from a new device").click();
    await expect(line.getByRole("term")).toHaveText(["Time", "Device", "IP address", "Carried out", "Event"]);
    await expect(line.getByRole("definition").first()).toHaveText(/\d\d:\d\d:\d\d (UTC|GMT)/);
    await expect(line.getByRole("definition").nth(1)).toHaveText("Chrome on Linux");
    await expect(line.getByRole("definition").nth(3)).toHaveText("by you");
    await expect(line.getByRole("definition").last()).toHaveText("authn_login_success");
  });

  test("activity is filtered by words, days, device and address, on its pages and in its file, and a filter can be removed", async ({
    page,
    user,
    logIn,
  }) => {
    await logIn(page);
    // Recent ones, because sweeps shorten old addresses.
    const midnight = new Date(Math.floor(Date.now() / DAY - 5) * DAY);
    const lastDay = new Date(midnight.getTime() - DAY);
    const day = lastDay.toISOString().slice(0, 10);
    const shown = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(lastDay);
    await db().$executeRaw`
      INSERT INTO ledger (event, user_id, user_agent, ip_address, at)
      SELECT 'authn_login_fail', ${user.id}::uuid, ${IPHONE}, inet '192.0.2.7', ${midnight}::timestamptz - (n + 1) * interval '1 second'
        FROM generate_series(0, 59) AS n
       UNION ALL SELECT 'authn_login_fail', ${user.id}::uuid, ${IPHONE}, '192.0.2.7', ${midnight}::timestamptz
       UNION ALL SELECT 'authn_login_fail', ${user.id}::uuid, ${IPHONE}, '198.51.100.9', ${midnight}::timestamptz - interval '0.5 seconds'`;
    await page.goto("/activity?kind=failures");
    await page.getByText("More filters").click();
    await expect(page.getByRole("group", { name: "Days in the time zone UTC" })).toBeVisible();
    await page.getByLabel("From", { exact: true }).fill(day);
    await page.getByLabel("To", { exact: true }).fill(day);
    await page.getByLabel("Device", { exact: true }).selectOption("Safari on iOS");
    await page.getByLabel("IP address or range").fill("192.0.2.0/24");
    await page.getByLabel("Search activity").fill("unknown visitor");
    await page.getByRole("button", { name: "Apply filters" }).click();

    const line = page.getByRole("listitem").filter({ hasText: "Failed log-in" });
    await expect(line).toContainText("Failed log-in · 50 times");
    await expect(line).toContainText("from an unknown visitor, Safari on iOS, 192.0.2.7");
    const file = await page.request.get((await page.getByRole("link", { name: "JSON" }).getAttribute("href")) ?? "");
    expect(await file.json()).toHaveLength(60);
    await page.getByRole("link", { name: "Next page" }).click();
    await expect(line).toContainText("Failed log-in · 10 times");

    const active = page.getByRole("list", { name: "Active filters" }).getByRole("link");
    await expect(active).toHaveText([
      "Remove filter: “unknown visitor”",
      `Remove filter: From ${shown}`,
      `Remove filter: To ${shown}`,
      "Remove filter: Safari on iOS",
      "Remove filter: IP 192.0.2.0/24",
    ]);
    await page.getByRole("link", { name: "Remove filter: IP 192.0.2.0/24" }).click();
    await expect(active).toHaveCount(4);
    await expect(page.getByLabel("IP address or range")).toHaveValue("");
    await expect(page.getByLabel("Search activity")).toHaveValue("unknown visitor");
    await expect(line.filter({ hasText: "198.51.100.9" })).toHaveCount(1);
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect(page).toHaveURL("/activity");
    await expect(active).toHaveCount(0);
    await expect(page.getByText("Logged in from a new device")).toBeVisible();
  });

  test("filters that match nothing say so, and those that cannot be read are ignored and named, and give no file", async ({
    page,
    user,
    logIn,
  }) => {
    await logIn(page, user, "/activity?search=nothing+like+this");
    await expect(page.getByText("No entries match these filters.")).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).last().click();
    await expect(page.getByText("Logged in from a new device")).toBeVisible();

    await page.goto("/activity?from=2026-02-30&to=soon&address=everywhere&device=%3Cb%3E&kind=constructor");
    await expect(page.getByLabel("From", { exact: true })).toHaveAccessibleDescription(/isn't a day/);
    await expect(page.getByLabel("To", { exact: true })).toHaveAccessibleDescription(/isn't a day/);
    await expect(page.getByLabel("IP address or range")).toHaveAccessibleDescription(/isn't an IP address/);
    await expect(page.getByLabel("IP address or range")).toHaveValue("everywhere");
    await expect(page.getByRole("list", { name: "Active filters" }).getByRole("link")).toHaveText([
      "Remove filter: <b>",
    ]);

    for (const query of ["from=2026-02-30", "to=soon", "address=everywhere", "from=2026-02-02&to=2026-02-01"]) {
      const file = await page.request.get(`/activity/export?${query}`);
      expect([query, file.status()]).toEqual([query, 400]);
      expect(await file.json()).toMatchObject({ title: "Invalid search" });
    }
  });

  test("a revoked session is refused on its next request", async ({ page, user }) => {
    await page.goto("/login");
    await submitLogin(page, user);
    await db().session.deleteMany({ where: { userId: user.id } });
    await page.getByRole("link", { name: "Devices", exact: true }).click();
    await expect(page).toHaveURL("/login?next=%2Fsessions");
  });
});
