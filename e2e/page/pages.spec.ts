// What pages show, and whether every user can read and reach it.

import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright/test";
import {
  anotherBrowser,
  expect,
  holdBack,
  mailTo,
  newSession,
  newUser,
  openAndAsk,
  submitLogin,
  test,
  unfold,
  unfoldDeletion,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { MINUTE } from "@/lib/env";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere } from "@/testing/post-action";
import { startServer } from "@/testing/server";
import { ageSessions, createSession } from "@/testing/sessions";

const DAY = 24 * 60 * 60 * 1000;

async function box(element: Locator) {
  return (await element.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
}

for (const days of [-3, 3]) {
  test(`times follow the server's clock in a browser whose clock is ${days} days off`, async ({
    page,
    user,
    logIn,
  }) => {
    await page.clock.setFixedTime(Date.now() + days * DAY);
    await logIn(page, user, "/sessions");

    const facts = page.getByRole("article").locator("dl > div");
    await expect(facts.filter({ hasText: "Logged in" })).toContainText("just now");
    await expect(facts.filter({ hasText: "Identity last confirmed" })).toContainText("just now");
    await expect(facts.filter({ hasText: "Expires" })).toContainText("in 30 days");
    await ageSessions({ userId: user.id }, { created: 30 * DAY - 8 * MINUTE });
    await page.goto("/dashboard");
    await expect(page.getByText(/^Logs out in 7 min \d\d s$/)).toBeVisible();
  });
}

test("the dashboard counts down only near the end of the session", async ({ page, user, logIn }) => {
  await logIn(page);
  await expect(page.getByText(/^Logs out by /)).toBeVisible();
  await expect(page.getByText(/Logs out in/)).toHaveCount(0);

  for (const [left, text] of [
    [11, /^Logs out by /],
    [9, /^Logs out in 8 min \d\d s$/],
  ] as const) {
    await ageSessions({ userId: user.id }, { created: 30 * DAY - left * MINUTE });
    await page.reload();
    await expect(page.getByText(text)).toBeVisible();
  }
});

test("an open page shows changes to the user, the session and the notices at once", async ({ page, user, logIn }) => {
  await logIn(page);
  await untilListening(page);
  await db().user.update({ where: { id: user.id }, data: { name: "Ada Lovelace", role: "admin" } });
  await expect(page.getByRole("heading", { name: "Hello, Ada Lovelace" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Administration" })).toBeVisible();

  await db().ledgerLine.create({ data: { event: "authn_login_fail", userId: user.id } });
  await expect(page.getByText("1 failed log-in")).toBeVisible();
  await db().user.update({ where: { id: user.id }, data: { seenLine: 1n << 60n } });
  await expect(page.getByText("1 failed log-in")).toHaveCount(0);

  await page.goto("/sessions");
  await untilListening(page);
  await unfold(page, "Chrome on Linux");
  await page.getByRole("button", { name: "Ask me to confirm again" }).click();
  await expect(page.getByText("won't ask again")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Ask me to confirm again" })).toHaveCount(0);
});

test("the log-in page confirms an action once, and only if it was taken", async ({ page, logIn }) => {
  const notices = {
    reset: "Your password has been changed",
    "account-deleted": "Your account and its data have been deleted",
  };
  for (const [name, notice] of Object.entries({ ...notices, "logged-out": "You've logged out." })) {
    await page.goto(`/login?${name}`);
    await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
    await expect(page.getByText(notice)).toHaveCount(0);
  }

  const leaver = await newUser();
  await logIn(page, leaver);
  await page.goto("/account");
  await unfoldDeletion(page);
  await page.locator("#delete-current").fill(leaver.password);
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText(notices["account-deleted"])).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
  await expect(page.getByText(notices["account-deleted"])).toHaveCount(0);
});

test("a logout is confirmed once, even without JavaScript", async ({ browser, user }) => {
  const options = { javaScriptEnabled: false, extraHTTPHeaders: fromSomewhere() };
  const page = await browser.newPage({ ...options, baseURL: String(process.env.APP_URL) });
  await page.goto("/login");
  await submitLogin(page, user);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("You've logged out.")).toHaveCount(0);
  await page.context().close();
});

test("a pending email change is shown, can be sent again, and can be cancelled", async ({ page, user, logIn }) => {
  const taken = await newUser();
  await logIn(page, user, "/account");
  const pending = page.getByText(/Your change to .+ isn't confirmed yet/);
  const email = `new-${user.email}`;
  await page.getByLabel("New email").fill(email);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(pending).toContainText(email);
  const { link } = await mailTo(email, /Confirm your new email address/);
  await page.reload();
  await expect(pending).toContainText(email);

  await page.getByRole("button", { name: "Send the email again" }).click();
  await expect(page.getByText(`We've emailed ${email}`)).toBeVisible();
  const again = async () => (await mailTo(email, /Confirm your new email address/)).link;
  await expect.poll(again).not.toBe(link);

  await page.getByRole("button", { name: "Cancel change" }).click();
  await expect(pending).toHaveCount(0);
  await page.goto(await again());
  await expect(page.getByRole("button", { name: "Use this address" })).toHaveCount(0);

  // A change to an address that has an account waits like any other, or it would reveal the account.
  await page.goto("/account");
  await page.getByLabel("New email").fill(taken.email);
  await page.getByRole("button", { name: "Change email" }).click();
  await mailTo(taken.email, /already has an account/);
  await page.reload();
  await expect(pending).toContainText(taken.email);
  await db().user.delete({ where: { id: taken.id } });
});

test("with forced colours, the current page, filter, command and chart series can be told apart", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/activity?kind=sign-ins");
  const style = (element: Locator, name: string) =>
    element.evaluate((one, property) => getComputedStyle(one).getPropertyValue(property), name);
  const link = (name: string) => page.getByRole("link", { name, exact: true });

  expect(await style(link("Activity"), "border-bottom-color")).not.toBe(
    await style(link("Devices"), "border-bottom-color"),
  );
  expect(await style(link("Log-ins"), "background-color")).not.toBe(await style(link("Failures"), "background-color"));
  const legend = page.locator("figcaption svg");
  expect(await legend.first().locator("rect").count()).toBe(1);
  await expect(legend.last().locator("rect").last()).toHaveCSS("display", "block");

  await page.keyboard.press("Control+k");
  await page.keyboard.press("ArrowDown");
  const options = page.getByRole("option");
  expect(await style(options.first(), "background-color")).not.toBe(await style(options.last(), "background-color"));
});

test("all text scales with the browser's font size, and chart labels keep their size on a phone", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/activity");
  expect((await box(page.locator("figure text").first())).height).toBeGreaterThan(11);

  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  await expect(page.locator("body")).toHaveCSS("font-size", "30px");
  expect((await box(page.locator("figure text").first())).height).toBeGreaterThan(22);
});

test("at 320 pixels no word is broken, every menu entry is in view, and the header has two rows and names the user", async ({
  page,
  user,
  logIn,
}) => {
  await db().user.update({
    where: { id: user.id },
    data: { role: "admin", email: `${user.id.slice(0, 8)}@a.example` },
  });
  await logIn(page, { ...user, email: `${user.id.slice(0, 8)}@a.example` });
  const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  await createSession(user, { userAgent, ipAddress: null, publicComputer: false, previousToken: null });
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/sessions");
  await expect(page.getByRole("banner").getByRole("button", { name: "@a.example" })).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole("link", { name: "Admin", exact: true })).toBeInViewport({ ratio: 1 });
  const [touch, between] = [44, 8];
  expect((await box(page.getByRole("banner"))).height).toBeLessThan(2 * touch + 3 * between);
  const button = page.getByRole("button", { name: "Account menu of" });
  await button.click();
  const menu = await box(page.locator("[popover]").filter({ visible: true }));
  expect(menu.y).toBeGreaterThanOrEqual((await box(button)).y + touch);
  await page.keyboard.press("Escape");

  const heading = page.getByRole("heading", { name: "Chrome on Linux" }).first();
  const line = 24;
  expect((await box(heading.locator("bdi"))).height).toBeLessThan(1.5 * line);
  await page.goto(`/admin/sessions?user=${user.id.slice(0, 8)}@a.example`);
  const address = page.getByRole("rowheader").getByRole("link", { name: "@a.example" }).first();
  expect((await box(address)).height).toBeLessThan(1.5 * line);
});

test("in the header all parts are centred, and the current section is marked on the pages below it, too", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  const banner = page.getByRole("banner");
  const parts = [banner.getByText("Latchkey"), banner.getByText("Activity"), banner.getByRole("button").last()];
  const centres = await Promise.all(parts.map(async (part) => await box(part).then(({ y, height }) => y + height / 2)));
  expect(Math.max(...centres) - Math.min(...centres)).toBeLessThan(1);

  for (const [path, section] of [
    ["/dashboard/how-it-works", "Dashboard"],
    ["/sessions/phone", "Devices"],
    ["/sessions/timeline", "Devices"],
    ["/account/security/totp", "Account"],
  ] as const) {
    await page.goto(path);
    await expect(banner.locator("nav [aria-current]"), path).toHaveText([section]);
  }
});

test("the avatar opens a menu that names the user and leads to their account, even without JavaScript", async ({
  page,
  user,
  logIn,
}) => {
  const menu = (tab: typeof page) => tab.getByRole("navigation", { name: "Your account" });
  await logIn(page);
  await expect(menu(page)).toBeHidden();
  await page.getByRole("button", { name: `Account menu of ${user.email}` }).click();
  await expect(menu(page)).toBeInViewport({ ratio: 1 });
  await page.keyboard.press("Escape");
  await expect(menu(page)).toBeHidden();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Account settings" }).click();
  await expect(page).toHaveURL("/account");
  await expect(menu(page)).toBeHidden();

  const plain = await anotherBrowser(page, { javaScriptEnabled: false });
  await plain.goto("/login");
  await submitLogin(plain, user);
  await plain.getByRole("button", { name: `Account menu of ${user.email}` }).click();
  await plain.getByRole("link", { name: "Account settings" }).click();
  await expect(plain.getByRole("heading", { name: "Account", level: 1 })).toBeVisible();
  await plain.context().close();
});

test("a printed page ends with whose it is, and when it was shown", async ({ page, user, logIn }) => {
  await logIn(page);
  const line = page.locator("[data-line]");
  const text = new RegExp(`^Latchkey · Ada · ${user.email} · \\d+ \\w+ \\d{4}, [\\d:]{8}`);
  await expect(line).toHaveAttribute("data-line", text);
  await expect(line).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(line).toBeVisible();
  await expect(page.getByRole("banner")).toBeHidden();
});

test("a line at the top shows that a page is loading, and moves nothing", async ({ page, logIn }) => {
  await logIn(page);
  await untilListening(page);
  const before = await box(page.getByRole("heading", { level: 1 }));
  const letGo = await holdBack(page, "**/activity?_rsc=*");
  await page.getByRole("link", { name: "Activity", exact: true }).click();
  await expect(page.locator("[data-progress]")).toBeVisible();
  expect(await box(page.getByRole("heading", { level: 1 }))).toEqual(before);
  letGo();
  await expect(page).toHaveURL("/activity");
  await expect(page.locator("[data-progress]")).toHaveCount(0);
});

test("while another order of a table, or another kind of entries, loads, the rows are dimmed, and nothing moves", async ({
  page,
  user,
  logIn,
}) => {
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await logIn(page);
  for (const [path, link, rows] of [
    ["/admin/users?search=ada", "Email", "tbody"],
    ["/activity", "Log-ins", "[data-rows]"],
  ] as const) {
    await page.goto(path);
    await untilListening(page);
    await page.evaluate(() => {
      document.documentElement.dataset.shift = "0";
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries() as (PerformanceEntry & { value: number })[])
          document.documentElement.dataset.shift = String(Number(document.documentElement.dataset.shift) + value);
      }).observe({ type: "layout-shift" });
    });
    const letGo = await holdBack(page, "**/*_rsc=*");
    await page.getByRole("main").getByRole("link", { name: link, exact: true }).click();
    await expect(page.locator(rows).first()).toHaveCSS("opacity", "0.5");
    expect(await page.evaluate(() => document.documentElement.dataset.shift), path).toBe("0");
    letGo();
    await expect(page.locator("[data-progress]")).toHaveCount(0);
    await expect(page.locator(rows).first()).toHaveCSS("opacity", "1");
    await page.unroute("**/*_rsc=*");
  }
});

test("a line at the top shows that a form is being sent, and moves nothing", async ({ page, user, logIn }) => {
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await page.goto("/login");
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("wrong");
  await expectLine(page, "**/login", page.getByRole("button", { name: "Log in" }));
  await expect(page.getByText("Wrong email or password.")).toBeVisible();

  await logIn(page);
  await newSession(user);
  await openAndAsk(page, "/sessions");
  await expectLine(page, "**/sessions", page.getByRole("button", { name: "Log out other devices" }));
});

/** Presses a button whose request is held back, and expects the line from then until the response. */
async function expectLine(page: Page, url: string, button: Locator): Promise<void> {
  const heading = page.getByRole("heading", { level: 1 });
  // Playwright would scroll to the button before it presses it.
  await button.scrollIntoViewIfNeeded();
  const before = await box(heading);
  const letGo = await holdBack(page, url);
  await button.click();
  await expect(page.locator("[data-progress]")).toBeVisible();
  await expect(page.locator("[data-progress]")).toHaveAttribute("aria-hidden", "true");
  expect(await box(heading)).toEqual(before);
  letGo();
  await expect(page.locator("[data-progress]")).toHaveCount(0);
  await page.unroute(url);
}

test("with reduced motion, the line at the top is visible, and does not move", async ({ page, user }) => {
  await page.goto("/login");
  const letGo = await holdBack(page, "**/login");
  await submitLogin(page, { ...user, password: "wrong" });
  const line = page.locator("[data-progress]");
  await expect(line).toBeVisible();
  await expect(line).toHaveCSS("opacity", "1");
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  letGo();
  await expect(line).toHaveCount(0);
});

test("pages show the version to users who are logged in, and to nobody else", async ({ page, logIn }) => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const shown = page.getByText(`Version ${version}`, { exact: true });
  for (const path of ["/", "/login", "/outbox"]) {
    await page.goto(path);
    await expect(page.getByRole("button", { name: "Dark" })).toBeVisible();
    await expect(shown, path).toHaveCount(0);
    // Not even in the data that the page brings for its scripts. The outbox may have it in an email.
    if (path !== "/outbox") expect(await page.content(), path).not.toContain(version);
  }
  await logIn(page);
  await expect(shown).toBeVisible();
  for (const path of ["/", "/outbox", "/account"]) {
    await page.goto(path);
    await expect(shown, path).toBeVisible();
  }
});

test("with HELP_URL, every page links to help", async ({ page, user }) => {
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Dark" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Help" })).toHaveCount(0);

  const HELP_URL = "https://help.example.com/log-in";
  const server = await startServer({ HELP_URL });
  await page.context().addCookies([{ name: cookieName(server.url), value: await newSession(user), url: server.url }]);
  for (const path of ["/login", "/", "/nothing-here", "/account"]) {
    await page.goto(server.url + path);
    await expect(page.getByRole("link", { name: "Help" }), path).toHaveAttribute("href", HELP_URL);
  }
  await page.getByRole("link", { name: "How it works" }).click();
  await expect(page.getByRole("heading", { name: "How your session works" })).toBeVisible();
  await server.stop();
  await expect(page, "a page leaves a server before that one stops").toHaveURL("about:blank");
});

test("a new password's length and content are checked before the password lists have loaded", async ({ page }) => {
  await page.goto("/signup");
  const password = page.getByLabel("Password", { exact: true });
  await expect(password).toBeVisible();
  await page.waitForLoadState("networkidle");
  const letGo = await holdBack(page, "**/_next/static/chunks/**");
  await page.getByLabel("Email").fill("marguerite@example.com");
  await password.fill("short");
  await expect(page.getByText("Use at least 15 characters.")).toBeVisible();
  await password.fill("marguerite and more");
  await expect(page.getByText("Don't use your email address")).toBeVisible();
  await password.fill("passwordpassword");
  await expect(page.getByText("Too common")).toHaveCount(0);
  letGo();
  await expect(page.getByText("Too common")).toBeVisible();
});

test("the commands dialog accepts typing from the first key, and does not move", async ({ page, logIn }) => {
  await logIn(page);
  await untilListening(page);
  const opener = page.getByRole("button", { name: "Commands" });
  await expect(opener).toHaveAccessibleName("Commands Ctrl K");
  await page.route("**/_next/static/chunks/**", (route) => route.fulfill({ status: 404 }));

  await page.getByRole("link", { name: "Account", exact: true }).focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Enter");
  await page.keyboard.type("pass");
  const field = page.getByRole("combobox", { name: "Commands" });
  await expect(field).toHaveValue("pass");
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("option", { selected: true })).toHaveText("Change password");
  const before = await box(page.getByRole("dialog"));
  await field.fill("nothing of that kind");
  await expect(page.getByText("No results")).toBeVisible();
  expect(await box(page.getByRole("dialog"))).toEqual(before);
});

test("a right-to-left name does not move the text beside it", async ({ page, user, logIn }) => {
  await db().user.update({ where: { id: user.id }, data: { name: "שרה 2" } });
  await logIn(page);
  await expect(page.getByRole("heading", { level: 1 }).getByText("שרה 2")).toHaveCSS("unicode-bidi", "isolate");
  for (const [path, beside] of [
    ["/login", "You're logged in as"],
    ["/admin", "You're logged in as"],
  ] as const) {
    await page.goto(path);
    const sentence = page.getByText(beside);
    await expect(sentence.getByText("שרה 2")).toHaveCSS("unicode-bidi", "isolate");
    await expect(sentence.getByText(user.email)).toHaveCSS("unicode-bidi", "isolate");
  }
});
