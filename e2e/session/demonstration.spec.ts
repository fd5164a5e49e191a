import type { Page } from "playwright/test";
import { expect, newSession, newUser, sessionCookie, submitLogin, test, untilListening } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { startServer } from "@/testing/server";

const PAGE = "/dashboard/how-it-works";

/** Opens the page, starts the demonstration, and waits until its copied cookie is accepted. */
async function start(page: Page): Promise<void> {
  await page.goto(PAGE);
  await untilListening(page);
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("status").filter({ hasText: "200: the copy is accepted" })).toBeVisible();
}

async function copyOf(page: Page) {
  const cookies = await page.context().cookies(`${process.env.APP_URL}/api/session/copy`);
  return cookies.find(({ name }) => name.endsWith("-copy"));
}

const demonstrationsOf = ({ id }: { id: string }) => db().session.count({ where: { userId: id, demonstration: true } });

test("a copied cookie is accepted until its session is logged out, and refused from then on", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await start(page);
  const row = await db().session.findFirstOrThrow({ where: { userId: user.id, demonstration: true } });
  expect(row.name).toBe("Demonstration: a copied cookie");
  expect(row.confirmedUntil.getTime()).toBeLessThanOrEqual(row.createdAt.getTime());
  const responses = page.getByRole("list", { name: "Responses to the copied cookie" }).getByRole("listitem");
  await expect(responses).toHaveText(["200", "200", "200"]);
  await expect(page.getByText(row.handle)).toBeVisible();
  const listed = await (await page.request.get("/api/sessions")).json();
  expect(listed.sessions).toMatchObject([{ isThis: true }, { name: "Demonstration: a copied cookie" }]);
  const used = await db().session.findFirstOrThrow({ where: { handle: row.handle } });
  expect(used.lastSeenAt.getTime()).toBeGreaterThan(row.createdAt.getTime());

  await page.getByRole("button", { name: "Log out that session" }).press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "401: the copy is refused. You deleted" })).toBeVisible();
  await expect(responses.filter({ hasText: "401" })).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Start again" })).toBeFocused();
  await expect(page.getByText(row.handle)).toHaveCount(0);

  expect((await page.request.get("/api/session")).status()).toBe(200);
  expect(await (await page.request.get("/api/notices")).json()).toEqual([]);
  const lines = await db().ledgerLine.findMany({ where: { sessionHandle: row.handle }, orderBy: { id: "asc" } });
  expect(lines.map(({ event, reason }) => [event, reason])).toEqual([
    ["session_created", "demonstration"],
    ["session_expired", "revoked"],
  ]);
  await page.goto("/activity");
  for (const what of ["started", "ended"])
    await expect(page.getByText(`Demonstration of a copied cookie ${what}`)).toBeVisible();
});

test("a copied cookie of the demonstration is no secret that a script, an address or a log-in could use", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const bodies: string[] = [];
  page.on("response", async (response) => bodies.push(await response.text().catch(() => "")));
  await start(page);

  const copy = await copyOf(page);
  expect(copy).toMatchObject({ path: "/api/session/copy", httpOnly: true, sameSite: "Strict" });
  const value = String(copy?.value);
  expect((await page.context().cookies(`${process.env.APP_URL}/dashboard`)).map(({ name }) => name)).not.toContain(
    copy?.name,
  );
  expect(await page.evaluate(() => document.cookie)).not.toContain("copy");
  for (const text of [...bodies, await page.content()]) expect(text).not.toContain(value);

  const own = String((await sessionCookie(page))?.value);
  const ask = (cookies: Record<string, string>, url = String(process.env.APP_URL)) => {
    const Cookie = Object.entries(cookies).map(([suffix, value]) => `${cookieName(url)}${suffix}=${value}`);
    return fetch(`${url}/api/session${"-copy" in cookies ? "/copy" : ""}`, { headers: { Cookie: Cookie.join("; ") } });
  };
  expect((await ask({ "": value })).status).toBe(401);
  expect((await ask({ "-copy": value })).status).toBe(401);
  expect((await ask({ "": own, "-copy": own })).status).toBe(401);
  const stranger = await newUser();
  expect((await ask({ "": await newSession(stranger), "-copy": value })).status).toBe(401);
  await db().user.delete({ where: { id: stranger.id } });
  expect((await ask({ "": own, "-copy": value })).status).toBe(200);

  const forged = { headers: { Origin: "https://evil.example" } };
  expect((await page.request.post("/api/session/copy", forged)).status()).toBe(403);

  const other = await startServer({});
  expect((await ask({ "": own, "-copy": value }, other.url)).status).toBe(200);
  await page.getByRole("button", { name: "Log out that session" }).click();
  await expect.poll(() => demonstrationsOf(user)).toBe(0);
  expect((await ask({ "": own, "-copy": value }, other.url)).status).toBe(401);
  await other.stop();
});

for (const [how, leave] of [
  ["by a link", (page: Page) => page.getByRole("link", { name: "Devices", exact: true }).click()],
  ["by its address", (page: Page) => page.goto("/login")],
  ["by logging out", (page: Page) => page.getByRole("button", { name: "Log out", exact: true }).click()],
  ["by logging out, with a slow response", logOutSlowly],
] as const) {
  test(`a demonstration ends when its page is left ${how}`, async ({ page, user, logIn }) => {
    await logIn(page);
    await start(page);
    expect(await demonstrationsOf(user)).toBe(1);
    await leave(page);
    await expect.poll(() => demonstrationsOf(user)).toBe(0);
    expect(await db().ledgerLine.count({ where: { userId: user.id, reason: "logged-out" } })).toBeGreaterThan(0);
  });
}

/** Logs out where the response arrives only after the page's next request was refused. */
async function logOutSlowly(page: Page) {
  const refused = page.waitForResponse((response) => response.url().endsWith("/copy") && response.status() === 401);
  await page.route("**/logout/end", async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await refused;
    await route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Log out", exact: true }).click();
}

test("a demonstration at the limit of sessions is refused, and ends no other session", async ({ page, user }) => {
  const server = await startServer({ MAX_SESSIONS: "1" });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await page.goto(`${server.url}${PAGE}`);
  await untilListening(page);
  await page.getByRole("button", { name: "Start" }).click();

  await expect(
    page.getByText("You've reached the maximum number of devices. Log out on one of them first."),
  ).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
  expect((await page.request.get(`${server.url}/api/session`)).status()).toBe(200);
  await server.stop();
});

test("a flood of demonstrations is slowed down, and leaves one session at most", async ({ page, user, logIn }) => {
  test.slow();
  await logIn(page, user, PAGE);
  await untilListening(page);
  for (let count = 0; count < 10; count++) {
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("button", { name: "Log out that session" }).click();
    await expect(page.getByRole("button", { name: "Start again" })).toBeVisible();
  }
  await page.getByRole("button", { name: "Start again" }).click();
  await expect(page.getByText(/Too many attempts\. Try again in/)).toBeVisible();
  expect(await demonstrationsOf(user)).toBe(0);
});

test("the front page shows a stolen cookie as an illustration, starts no session, and leads to the real one", async ({
  page,
  user,
}) => {
  await page.goto("/");
  const drawing = page.getByRole("figure", { name: "A stolen cookie, step by step" });
  await expect(drawing.getByText("401").last()).toBeVisible();
  await expect(drawing.getByText("This is an illustration.")).toBeVisible();
  expect(await db().session.count({ where: { demonstration: true, userId: user.id } })).toBe(0);

  await drawing.getByRole("link", { name: "Log in to try it" }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${PAGE}#copy`);
  await expect(page.getByRole("button", { name: "Start" })).toBeInViewport();
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("the demonstration is explained without its button, and every cookie that the browser sent has a purpose", async ({
    page,
    user,
  }) => {
    await page.goto(`/login?next=${PAGE}`);
    await submitLogin(page, user);
    await page.getByRole("button", { name: "Dark" }).click();
    await expect(page.locator("noscript p")).toBeVisible();
    await expect(page.getByText("Press Start")).toBeHidden();
    await expect(page.getByText("Leaving this page")).toBeHidden();
    const sent = await page.context().cookies(`${process.env.APP_URL}${PAGE}`);
    expect(sent.length).toBeGreaterThan(3);
    for (const { name } of sent) await expect(page.getByText(name, { exact: true }).first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Start" })).toBeHidden();
  });
});
