import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import { expect, newSession, type TestUser, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const HOUR = 3_600_000;

type Past = { from: number; to: number; reason: string; confirmed?: number; userAgent?: string };

/** Records a session of the past: when it began, ended, and had its password confirmed, in hours before now. */
async function past({ id: userId }: { id: string }, { from, to, reason, confirmed, userAgent = FIREFOX }: Past) {
  const sessionHandle = randomUUID();
  const line = { userId, byUserId: userId, sessionHandle, userAgent };
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
  await db().ledgerLine.createMany({
    data: [
      { ...line, event: "authn_login_success", at: ago(from) },
      ...(confirmed ? [{ ...line, event: "authn_login_success", reason: "confirm", at: ago(confirmed) }] : []),
      { ...line, event: "session_expired", reason, at: ago(to) },
    ],
  });
  return `#session-${sessionHandle}`;
}

async function enter(page: Page, user: TestUser): Promise<void> {
  await page
    .context()
    .addCookies([{ name: cookieName(), value: await newSession(user), url: process.env.APP_URL ?? "" }]);
}

const bars = (page: Page) => page.locator("a[href^='#session-'], a[href^='#failure-']");

test("the timeline tells about each session by keyboard and mouse, and Escape closes what it tells", async ({
  page,
  user,
}) => {
  await enter(page, user);
  const long = await past(user, { from: 40 * 24, to: 200, reason: "expired", confirmed: 300 });
  const short = await past(user, { from: 100, to: 99.99, reason: "logged-out" });
  await db().ledgerLine.create({ data: { event: "authn_login_fail", userId: user.id, userAgent: FIREFOX } });
  await page.goto("/sessions");
  await page.getByRole("link", { name: "Timeline of the last 30 days" }).click();
  await expect(page).toHaveURL("/sessions/timeline");
  await expect(bars(page)).toHaveCount(4);

  const told = page.locator("[data-tooltip]");
  await expect(async () => {
    await bars(page).first().focus();
    await expect(told).toContainText("Still logged in", { timeout: 500 });
  }).toPass();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(`a[href="${long}"]`)).toBeFocused();
  for (const text of [
    "Firefox on Linux",
    "before this timeline begins",
    "Session expired",
    "32 days",
    "Identity confirmed",
  ])
    await expect(told).toContainText(text);
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(`a[href="${short}"]`)).toBeFocused();
  await expect(told).toContainText("less than a minute");
  await page.keyboard.press("ArrowDown");
  await expect(told).toContainText("1 failed log-in on");
  await page.keyboard.press("Escape");
  await expect(told).toHaveCount(0);
  await page.keyboard.press("ArrowDown");
  await expect(bars(page).last()).toBeFocused();
  await page.keyboard.press("Home");
  await expect(bars(page).first()).toBeFocused();
  await page.keyboard.press("Escape");

  await page.locator(`a[href="${short}"]`).hover();
  await expect(told).toContainText("Logged out");
  await page.keyboard.press("Escape");
  await expect(told).toHaveCount(0);
  await expect(page.locator(`a[href="${long}"]`), "a screen reader has the same text").toHaveAccessibleName(
    /Firefox on Linux.*before this timeline begins.*Session expired.*Identity confirmed/,
  );

  await page.locator(`a[href="${long}"]`).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(long)).toBeInViewport();
  await expect(page.getByRole("row", { name: /^Firefox on Linux .* Session expired/ })).toContainText("32 days");
});

test("of 200 sessions a hundred are drawn, each of which can be hit on its own, also at 320 pixels", async ({
  page,
  user,
}) => {
  await enter(page, user);
  for (let n = 0; n < 200; n++)
    await past(user, { from: 3 * n + ([0.1, 2, 90][n % 3] ?? 0) + 1, to: 3 * n + 1, reason: "idle" });
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/sessions/timeline");
    await expect(bars(page)).toHaveCount(100);
    expect(await page.evaluate(faultsOfTargets), `at ${width} pixels`).toEqual([]);
  }
  await expect(page.getByText("101 older log-ins aren't shown.")).toBeVisible();
});

/** Bars that are smaller than 24 pixels (WCAG 2.5.8), outside of the page, or over each other. Runs in the page. */
function faultsOfTargets(): string[] {
  const links = [...document.querySelectorAll("a[href^='#session-']")];
  const boxes = links.map((link) => ({ name: link.getAttribute("aria-label"), box: link.getBoundingClientRect() }));
  const small = boxes.filter(({ box }) => box.width < 24 || box.height < 24);
  const outside = boxes.filter(({ box }) => box.left < 0 || box.right > document.documentElement.clientWidth);
  const overlapping = boxes.filter(({ box }, index) =>
    boxes
      .slice(index + 1)
      .some(
        ({ box: other }) =>
          Math.min(box.right, other.right) - Math.max(box.left, other.left) > 0.5 &&
          Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 0.5,
      ),
  );
  return [...small, ...outside, ...overlapping].map(({ name }) => String(name));
}

test("an administrator sees the timeline of a user, and that there is nothing in it", async ({ page, user, logIn }) => {
  const other = await db().user.create({
    data: { email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none" },
    select: { id: true },
  });
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await logIn(page, user, `/admin/users/${other.id}`);
  await expect(page.getByText("No log-ins in the last 30 days.")).toBeVisible();
  const bar = await past(other, { from: 300, to: 200, reason: "by-admin" });
  await page.reload();
  await expect(page.locator(`a[href="${bar}"]`)).toHaveAccessibleName(/Logged out by an administrator/);
  await expect(bars(page)).toHaveCount(1);
  await db().user.delete({ where: { id: other.id } });
});

test.describe("on a touch screen", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 800 } });

  test("a tap on a bar tells about it, and a tap elsewhere closes that", async ({ page, user }) => {
    await enter(page, user);
    const bar = await past(user, { from: 300, to: 299.9, reason: "revoked" });
    await page.goto("/sessions/timeline");
    const told = page.locator("[data-tooltip]");
    await expect(async () => {
      await page.locator(`a[href="${bar}"]`).tap();
      await expect(told).toContainText("Logged out from another device", { timeout: 500 });
    }).toPass();
    await page.getByRole("heading", { level: 1 }).tap();
    await expect(told).toHaveCount(0);
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a bar of the timeline leads to its row in the table", async ({ page, user }) => {
    await enter(page, user);
    const bar = await past(user, { from: 300, to: 200, reason: "password-changed" });
    await page.goto("/sessions/timeline");
    await expect(page.locator(bar)).toBeHidden();
    await page.locator(`a[href="${bar}"]`).click();
    await expect(page.locator(bar)).toBeInViewport();
    await expect(page.getByRole("row", { name: /Logged out by the password change/ })).toContainText("4 days");
  });
});
