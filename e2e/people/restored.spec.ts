import { existsSync } from "node:fs";
import puppeteer, { type Page as FirefoxPage } from "puppeteer-core";
import { expect, type TestUser, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };

/** Dispatches the events of entering the bfcache and of being restored. Returns whether the page is blank after each. */
function restore() {
  dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
  const wasBlank = document.documentElement.hidden;
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  return wasBlank && document.documentElement.hidden;
}

test("a private page restored from the bfcache is blank until the server confirms the session", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await untilListening(page);
  expect(await page.evaluate(restore)).toBe(true);
  await expect(page.getByText(user.email).first()).toBeVisible();

  const { tokenHash } = await db().session.findFirstOrThrow({
    where: { userId: user.id },
    select: { tokenHash: true },
  });
  await sessionStore().end(db(), { tokenHash: tokenHash }, "revoked", HERE);
  expect(await page.evaluate(restore)).toBe(true);
  await expect(page).toHaveURL("/login?next=%2Fdashboard");
  await expect(page.getByText(user.email)).toHaveCount(0);
});

test("the log-in page that names the user is blanked in the same way", async ({ page, user, logIn }) => {
  await logIn(page);
  await page.goto("/login");
  await expect(page.getByText(user.email)).toBeVisible();
  await untilListening(page);

  expect(await page.evaluate(restore)).toBe(true);
  await expect(page.getByText(user.email)).toBeVisible();
});

test("in Firefox, a user logs in and out, and the back button shows nothing private", async ({ user }) => {
  const firefox = process.env.FIREFOX ?? "";
  test.skip(!existsSync(firefox), "there is no Firefox on this machine");

  const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox });
  try {
    const page = await browser.newPage();
    await page.goto(`${process.env.APP_URL}/login`);
    await page.locator("[name=email]").fill(user.email);
    await page.locator("[name=password]").fill(user.password);
    await Promise.all([page.waitForNavigation(), page.locator("button[type=submit]").click()]);
    await page.waitForFunction(
      () => location.pathname === "/dashboard" && document.body?.textContent?.includes("Hello, Ada"),
    );

    await page.locator("form[action='/logout/end'] button").click();
    await page.waitForFunction(() => document.body?.textContent?.includes("You've logged out."));
    expect(await db().session.count({ where: { userId: user.id } })).toBe(0);

    await page.goBack();
    await page.waitForFunction(() => document.readyState === "complete");
    expect(
      await page.evaluate(() => (document.documentElement.hidden ? "" : document.body?.textContent)),
    ).not.toContain(user.email);
  } finally {
    await browser.close();
  }
});

test("in Firefox, the page of a revoked session leaves by itself, and a new log-in appears in the list", async ({
  user,
}) => {
  const firefox = process.env.FIREFOX ?? "";
  test.skip(!existsSync(firefox), "there is no Firefox on this machine");

  const browser = await puppeteer.launch({ browser: "firefox", executablePath: firefox });
  try {
    const [here, there] = [await browser.createBrowserContext(), await browser.createBrowserContext()];
    const page = await here.newPage();
    await logInTo(page, user);
    await page.goto(`${process.env.APP_URL}/sessions`);
    await page.waitForFunction(async () => (await navigator.locks.query()).held?.length === 1);

    const other = await there.newPage();
    await logInTo(other, user);
    await page.waitForFunction(() => document.querySelectorAll("article").length === 2);
    await other.waitForFunction(async () => (await navigator.locks.query()).held?.length === 1);

    await page.locator("article button[aria-label^='Log out']").click();
    await other.waitForFunction(
      () =>
        location.pathname === "/login" &&
        document.body?.textContent?.includes("You logged this device out from Firefox"),
    );
    await page.waitForFunction(() => document.querySelectorAll("article").length === 1);
  } finally {
    await browser.close();
  }
});

async function logInTo(page: FirefoxPage, { email, password }: TestUser): Promise<void> {
  await page.goto(`${process.env.APP_URL}/login`);
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.waitForFunction(() => location.pathname === "/dashboard");
}
