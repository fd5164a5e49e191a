import { copiedBrowser, expect, sessionCookie, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";

test("logging out deletes the row, not only the cookie", async ({ page, user, logIn }) => {
  await logIn(page);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();

  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
  expect(await sessionCookie(page)).toBeNull();
});

test("a page waits for a slow response to its own log-out, though it hears at once that its session has ended", async ({
  page,
  logIn,
}) => {
  await page.route("**/logout/end", async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    // Longer than the two checks after which a page leaves.
    await page.waitForResponse("**/api/session");
    await page.waitForTimeout(1500);
    await route.fulfill({ response });
  });
  await logIn(page);
  await untilListening(page);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
});

test("a copied cookie is dead after logout", async ({ page, logIn }) => {
  await logIn(page);
  const thief = await copiedBrowser(page);
  await thief.goto("/dashboard");
  await expect(thief).toHaveURL("/dashboard");

  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();

  await expect(thief).toHaveURL("/login?next=%2Fdashboard");
  expect((await thief.request.get("/api/session")).status()).toBe(401);
  await thief.context().close();
});

test("logging out clears the browser's cache and storage", async ({ page, logIn }) => {
  await logIn(page);
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Log out", exact: true }).click();

  expect((await (await answered).allHeaders())["clear-site-data"]).toBe('"cache", "storage"');
});

test("opening the log-out page ends no session: it asks first", async ({ page, user, logIn }) => {
  await logIn(page, user, "/logout");
  await page.getByRole("link", { name: "Stay" }).click();
  await expect(page).toHaveURL("/dashboard");

  expect((await page.request.get("/logout/end")).status()).toBe(405);
  expect((await page.request.get("/api/session")).status()).toBe(200);
});

test("the back button after logout shows nothing private", async ({ page, user, logIn }) => {
  await logIn(page);
  await page.goto("/logout");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();

  for (let steps = 0; steps < 3; steps++) {
    await page.goBack();
    await expect(page.getByText(user.email)).toHaveCount(0);
  }
});

test("logging out in one tab logs out the other at its next request", async ({ page, logIn }) => {
  await logIn(page);
  const other = await page.context().newPage();
  await other.goto("/");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();

  await other.goto("/dashboard");
  await expect(other).toHaveURL("/login?next=%2Fdashboard");
});

test("logging out without a session is no error", async ({ page }) => {
  await page.goto("/logout");
  await expect(page.getByRole("heading", { name: "You're not logged in" })).toBeVisible();

  const answer = await page.request.post("/logout/end", {
    headers: { "Sec-Fetch-Site": "same-origin" },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
});

test("logging out with an invalid cookie does not claim that a session ended", async ({ page }) => {
  await page.context().addCookies([{ name: cookieName(), value: "not-ours", url: String(process.env.APP_URL) }]);
  const headers = { "Sec-Fetch-Site": "same-origin" };
  const answer = await page.request.post("/logout/end", { headers, maxRedirects: 0 });

  expect(answer.headers().location).toBe("/login");
});

test("another site cannot log a user out", async ({ page, logIn }) => {
  await logIn(page);

  for (const headers of [
    { "Sec-Fetch-Site": "cross-site", Origin: "http://evil.example" },
    { Origin: "http://evil.example" },
    { Origin: "null" },
    {},
  ]) {
    const answer = await page.request.post("/logout/end", { headers: headers as Record<string, string> });
    expect(answer.status()).toBe(403);
  }
  expect((await page.request.get("/api/session")).status()).toBe(200);
});
