import type { BrowserContext, Page } from "playwright/test";
import {
  copiedBrowser,
  expect,
  mailTo,
  openTab,
  phone,
  type TestUser,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { MINUTE } from "@/lib/env";
import { unseal } from "@/lib/session/cookie";
import { SETTLING } from "@/lib/session/rotation/rule";
import { sessionStore } from "@/lib/session/store";
import { cookieName } from "@/testing/cookie-name";
import { ageSessions } from "@/testing/sessions";

// What people see when their cookie rotates. The rule is tested in lib/session/rotation, and over HTTP in server/request.

const EVERY = 15 * MINUTE;

const cookieOf = async (context: BrowserContext, name: string) =>
  (await context.cookies()).find((cookie) => cookie.name === name)?.value;
const generationOf = async (page: Page) =>
  Number.parseInt((await cookieOf(page.context(), `${cookieName()}-rotation`)) ?? "0", 10);

/** Lets time pass for the cookie of this page's session. */
async function pass(page: Page, milliseconds: number): Promise<void> {
  const token = String(await unseal(await cookieOf(page.context(), cookieName())));
  const found = await sessionStore().find(token);
  if (!found) throw new Error("The session has ended");
  const since = found.rotation?.since ?? found.session.confirmedAt.getTime();
  await ageSessions({ token }, { rotated: found.now.getTime() - since + milliseconds });
}

/** Goes on until no earlier cookie counts. */
async function rotate(page: Page): Promise<void> {
  const before = await generationOf(page);
  await pass(page, EVERY);
  await page.goto("/account");
  expect(await generationOf(page)).toBe(before + 1);
  await page.goto("/account");
  await pass(page, SETTLING);
  await page.goto("/account");
}

const linesOf = ({ id }: TestUser) =>
  db().ledgerLine.findMany({
    where: { userId: id, event: { in: ["authn_token_reuse", "session_expired"] } },
    select: { event: true, reason: true },
    orderBy: { event: "asc" },
  });

test("two tabs go on while their cookie rotates: links, forms and open pages work, and a log-out removes both cookies", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const tab = await openTab(page);
  const session = await cookieOf(page.context(), cookieName());
  await pass(page, EVERY);
  await Promise.all([page.goto("/sessions"), tab.reload()]);
  expect(await generationOf(page)).toBe(1);

  await tab.getByLabel("Name", { exact: true }).fill("Countess");
  await tab.getByRole("button", { name: "Save" }).first().click();
  await expect.poll(async () => (await db().user.findUnique({ where: { id: user.id } }))?.name).toBe("Countess");
  await pass(page, SETTLING);
  await page.getByRole("link", { name: "Activity" }).first().click();
  await expect(page).toHaveURL("/activity");
  await pass(page, EVERY);
  await page.getByRole("link", { name: "Dashboard" }).first().click();
  await expect(page).toHaveURL("/dashboard");
  await expect.poll(() => generationOf(page)).toBe(2);
  expect(await cookieOf(page.context(), cookieName())).toBe(session);

  await page.goto("/logout");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login/);
  for (const name of [cookieName(), `${cookieName()}-rotation`])
    expect(await cookieOf(page.context(), name)).toBeUndefined();
  expect(await linesOf(user)).toEqual([{ event: "session_expired", reason: "logged-out" }]);
});

test("a copied cookie that comes after its browser went on logs out the open page, which says why, and its owner hears of it", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const other = await phone(page, user);
  const thief = await copiedBrowser(page, { userAgent: "Thief" });
  await rotate(page);
  await untilListening(page);

  const answer = await thief.request.get("/api/session");
  expect([answer.status(), (await answer.json()).reason]).toEqual([401, "replayed"]);
  await expect(page.getByText("someone else may have used your log-in")).toBeVisible();
  const mail = await mailTo(user.email, /may have been copied/);
  expect(mail.link).toContain("/secure-account?token=");
  expect(await linesOf(user)).toEqual([
    { event: "authn_token_reuse", reason: "replayed" },
    { event: "session_expired", reason: "replayed" },
  ]);
  await other.goto("/dashboard");
  await expect(other.getByText(/^A log-in of yours was used in two browsers/)).toBeVisible();
  await thief.context().close();
});

test("a browser that comes back after a thief went on is logged out, and says why", async ({ page, user, logIn }) => {
  await logIn(page);
  const thief = await copiedBrowser(page, { userAgent: "Thief" });
  await rotate(thief);

  await page.goto("/account");
  await expect(page.getByText("someone else may have used your log-in")).toBeVisible();
  expect((await thief.request.get("/api/session")).status()).toBe(401);
  await mailTo(user.email, /may have been copied/);
  await thief.context().close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a browser gets its new cookies with pages, and goes on", async ({ page, user, logIn }) => {
    await logIn(page);
    for (let count = 0; count < 3; count++) await rotate(page);
    await page.goto("/sessions");
    await expect(page).toHaveURL("/sessions");
    expect(await generationOf(page)).toBe(3);
    expect(await linesOf(user)).toEqual([]);
  });
});
