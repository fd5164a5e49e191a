import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import { anotherBrowser, expect, submitLogin, test, unfoldDeletion } from "@/e2e/support/fixtures";
import { linkTo } from "@/e2e/support/second-factor";
import { db } from "@/lib/db";
import { TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { cookieName, deviceName } from "@/testing/cookie-name";
import { postLogin } from "@/testing/post-action";
import { startServer } from "@/testing/server";

async function guess(page: Page, email: string, times: number) {
  for (let index = 0; index < times; index++) {
    await page.goto("/login");
    await submitLogin(page, { email, password: `guess ${index}` });
    await expect(page.getByRole("alert").filter({ hasText: "Wrong email or password" })).toBeVisible();
  }
}

test("after five failures the form says how long to wait, and keeps the email", async ({ page, user }) => {
  await guess(page, user.email, 5);
  await page.goto("/login");
  await submitLogin(page, user);

  await expect(page.getByRole("alert").filter({ hasText: /Try again in (30|2\d) seconds/ })).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  // The wait counts down.
  await expect(page.getByText(/Try again in 2\d seconds/)).toBeVisible();
});

test("a throttled request gets a 429 with Retry-After", async ({ user }) => {
  const fields = Object.entries({ email: user.email, password: "wrong" });
  const answers = await Promise.all(Array.from({ length: 12 }, () => postLogin(fields)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  for (const { status, retryAfter } of answers.filter((answer) => answer.status !== 200)) {
    expect(status).toBe(429);
    expect(Number(retryAfter)).toBeGreaterThan(25);
    expect(Number(retryAfter)).toBeLessThanOrEqual(30);
  }
});

test("an account that does not exist is throttled like one that does", async () => {
  const fields = Object.entries({ email: `${randomUUID()}@example.com`, password: "wrong" });
  const answers = await Promise.all(Array.from({ length: 12 }, () => postLogin(fields)));

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
});

test("limits hold for all instances, and after a restart", async ({ user }) => {
  const fields = Object.entries({ email: user.email, password: user.password });
  await Promise.all(
    Array.from({ length: 5 }, () => postLogin(Object.entries({ email: user.email, password: "wrong" }))),
  );

  const other = await startServer({});
  expect(await postLogin(fields, other.url)).toMatchObject({ status: 429 });
  await other.stop();
  const restarted = await startServer({});
  expect(await postLogin(fields, restarted.url)).toMatchObject({ status: 429 });
  await restarted.stop();
});

test("a stranger's guesses do not lock the owner out of a known browser", async ({ page, user, logIn }) => {
  await logIn(page, user, "/logout");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
  const stranger = await anotherBrowser(page);
  await guess(stranger, user.email, 5);
  await stranger.goto("/login");
  await submitLogin(stranger, user);
  await expect(stranger.getByText("Too many attempts.")).toBeVisible();

  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
  await stranger.context().close();
});

test("the known-browser cookie logs nobody in, and no script can read it", async ({ page, logIn }) => {
  await logIn(page);
  const device = (await page.context().cookies()).find(({ name }) => name === deviceName());
  expect(device).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  expect((device?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(364 * 86_400);

  for (const name of [cookieName(), deviceName(), `${cookieName()}-ending`]) {
    const answer = await page.request.get("/api/session", { headers: { Cookie: `${name}=${device?.value}` } });
    expect(answer.status()).toBe(401);
  }
});

test("a public computer is not remembered as a known browser", async ({ page, user }) => {
  await page.goto("/login");
  await page.getByLabel("This is a public computer").check();
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");

  const cookies = await page.context().cookies();
  expect(cookies.map(({ name }) => name)).toContain(cookieName());
  expect(cookies.filter(({ name }) => name.includes("device"))).toEqual([]);
  // The time zone is the computer's, and says nothing about its user.
  const kept = cookies.filter(({ name, expires }) => expires !== -1 && name !== TIME_ZONE_COOKIE);
  expect(kept).toEqual([]);
  expect(await db().knownBrowser.count({ where: { userId: user.id } })).toBe(0);
});

test("a password reset lifts the throttling that strangers' guesses caused", async ({ page, user }) => {
  await guess(page, user.email, 5);
  await page.goto(await linkTo("/reset-password", "reset", user));
  await page.getByLabel("New password").fill("orange wednesday teapot lychee");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL(/\/login\?reset/);

  await submitLogin(page, { email: user.email, password: "orange wednesday teapot lychee" });
  await expect(page).toHaveURL("/dashboard");
});

test("password guesses within a session are throttled, too", async ({ page, logIn, user }) => {
  await logIn(page, user, "/account");
  for (let index = 0; index < 5; index++) {
    await unfoldDeletion(page);
    await page.locator("#delete-current").fill(`guess ${index}`);
    await page.getByLabel("Type delete to confirm").fill("delete");
    await page.getByRole("button", { name: "Delete account" }).click();
    await expect(page.locator("#delete-current")).toHaveAccessibleDescription(/Wrong password/);
    await page.reload();
  }
  await unfoldDeletion(page);
  await page.locator("#delete-current").fill(user.password);
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText("Too many attempts.")).toBeVisible();
});

test("repeated requests for emails to one address are throttled", async ({ page }) => {
  const email = `${randomUUID()}@example.com`;
  for (let mail = 0; mail < 3; mail++) {
    await page.goto("/forgot-password");
    await page.getByLabel("Email").fill(email);
    await page.getByRole("button", { name: "Send a link" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();
  }
  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText("Too many attempts.")).toBeVisible();
});
