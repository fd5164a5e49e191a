import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright/test";
import {
  anotherBrowser,
  expect,
  mailTo,
  newSession,
  newUser,
  phone,
  sendLogin,
  sessionCookie,
  submitLogin,
  type TestUser,
  test,
  unfoldDeletion,
  untilListening,
} from "@/e2e/support/fixtures";
import { linkTo } from "@/e2e/support/second-factor";
import { db } from "@/lib/db";
import { unseal } from "@/lib/session/cookie";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere, postLogin } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";

const PASSWORD = "violet tuesday kettle mango";
const OTHER = "orange wednesday teapot lychee";

function newAddress(): string {
  return `${randomUUID()}@example.com`;
}

async function signUp(page: Page, { email, password = PASSWORD }: { email: string; password?: string }) {
  await page.goto("/signup");
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText(/we've emailed/i)).toBeVisible();
}

async function confirm(page: Page, link: string, password = PASSWORD) {
  await page.goto(link);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Confirm and log in" }).click();
}

async function askForReset(page: Page, email: string): Promise<string> {
  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText(/we've emailed/i)).toBeVisible();
  return (await mailTo(email, /Choose a new password/)).link;
}

async function choose(page: Page, link: string, password: string) {
  await page.goto(link);
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
}

test("a visitor signs up, confirms by the emailed link, and is logged in", async ({ page }) => {
  const email = newAddress();
  await signUp(page, { email });
  expect(await db().user.count({ where: { email } })).toBe(0);

  await confirm(page, (await mailTo(email, /Confirm your email address/)).link);
  await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
});

test("signing up with another person's address gives no account, even if its owner follows the link", async ({
  page,
}) => {
  const email = newAddress();
  await signUp(page, { email });
  await confirm(page, (await mailTo(email, /Confirm your email address/)).link, OTHER);

  await expect(page.getByText("isn't the password you signed up with")).toBeVisible();
  expect(await db().user.count({ where: { email } })).toBe(0);
});

test("opening an emailed link does not use it up, and confirming does", async ({ page, request }) => {
  const email = newAddress();
  await signUp(page, { email });
  const { link } = await mailTo(email, /Confirm your email address/);
  for (let scan = 0; scan < 3; scan++) expect((await request.get(link)).status()).toBe(200);

  await confirm(page, link);
  await expect(page).toHaveURL("/dashboard");
  await page.goto(link);
  await expect(page.getByText("This link has expired or was already used")).toBeVisible();
});

test("the sign-up page says the same whether or not the account exists, and only the email differs", async ({
  page,
  user,
}) => {
  const unknown = newAddress();
  const texts: string[] = [];
  for (const email of [user.email, unknown]) {
    await signUp(page, { email });
    texts.push(String(await page.getByRole("main").textContent()).replace(email, "…"));
  }

  expect(texts[0]).toBe(texts[1]);
  await mailTo(user.email, /You already have an account/);
  await mailTo(unknown, /Confirm your email address/);
});

test("the forgotten-password page says the same whether or not the account exists, and only the email differs", async ({
  page,
  user,
}) => {
  const unknown = newAddress();
  const texts: string[] = [];
  for (const email of [user.email, unknown]) {
    await page.goto("/forgot-password");
    await page.getByLabel("Email").fill(email);
    await page.getByRole("button", { name: "Send a link" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();
    texts.push(String(await page.getByRole("main").textContent()).replace(email, "…"));
  }

  expect(texts[0]).toBe(texts[1]);
  await mailTo(unknown, /No account/);
});

test("an unacceptable password is refused with the reason, and the rest of the form is kept", async ({ page }) => {
  await page.goto("/signup");
  const email = newAddress();
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Email").fill(email);
  for (const [password, reason] of [
    ["short", "at least 15 characters"],
    ["passwordpassword", "Too common"],
    ["abcabcabcabcabcabc", "Too easy to guess"],
    [`${email} xyz`, "Don't use your email address"],
    ["my latchkey kettle mango", "Don't use the name of this site"],
  ] as const) {
    const field = page.getByLabel("Password", { exact: true });
    await field.fill(password);
    // The meter gives the reason while the user types …
    await expect(page.locator("[aria-live=polite]").getByText(reason)).toBeVisible();
    await page.getByRole("button", { name: "Create account" }).click();
    // … and the server when the form is sent.
    await expect(field).toHaveAccessibleDescription(new RegExp(reason));
    await expect(field).toHaveValue("");
  }
  await expect(page.getByLabel("Name")).toHaveValue("Ada");
  await expect(page.getByLabel("Email")).toHaveValue(email);
});

test("resetting a password ends every session and starts none", async ({ page, user, logIn }) => {
  await logIn(page);
  const copied = await sessionCookie(page);
  const other = await phone(page, user);
  await choose(other, await askForReset(page, user.email), OTHER);

  await expect(other.getByText("Your password has been changed, and all devices have been logged out")).toBeVisible();
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText("your password was changed")).toBeVisible();
  const answer = await page.request.get("/api/session", { headers: { Cookie: `${cookieName()}=${copied?.value}` } });
  expect(answer.status()).toBe(401);

  await submitLogin(page, { email: user.email, password: OTHER });
  await expect(page).toHaveURL("/dashboard");
  await mailTo(user.email, /Your password has been changed/);
  await other.context().close();
});

test("a password reset link works once", async ({ page, user }) => {
  const first = await askForReset(page, user.email);
  await choose(page, first, OTHER);
  await expect(page).toHaveURL(/\/login\?reset/);
  await page.goto(first);
  await expect(page.getByText("This link has expired or was already used")).toBeVisible();
});

test("pages with a secret in their address send only their origin as referrer", async ({ page, user }) => {
  const link = await askForReset(page, user.email);
  const answer = await page.goto(link);
  expect(answer?.headers()["referrer-policy"]).toBe("strict-origin");

  const asked = page.waitForRequest((request) => request.url().endsWith("/login") && request.isNavigationRequest());
  await page.evaluate(() => location.assign("/login"));
  expect((await asked).headers().referer).toBe(`${process.env.APP_URL}/`);
});

test("a reset link works without JavaScript, in a browser that sends only an Origin header", async ({
  page,
  user,
  request,
}) => {
  // As some mail programs do, take one more character into the link.
  const link = `${await askForReset(page, user.email)}>`;
  const shown = await request.get(link);
  // Under `no-referrer` a browser would send `Origin: null`.
  expect(shown.headers()["referrer-policy"]).toBe("strict-origin");
  const hidden = (await shown.text()).matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g);
  const fields = [...hidden].map(([, name, value = ""]) => [String(name), value.replaceAll("&quot;", '"')]);

  const answer = await request.post(link, {
    headers: { Origin: String(process.env.APP_URL) },
    multipart: { ...Object.fromEntries(fields), password: OTHER },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
  expect(answer.headers().location).toBe("/login?reset");
});

test("an incomplete link is reported as incomplete, not as used", async ({ page, user }) => {
  const link = await askForReset(page, user.email);
  await page.goto(link.slice(0, -1));
  await expect(page.getByRole("heading", { name: "This link is incomplete" })).toBeVisible();

  const { searchParams } = new URL(link);
  await page.goto(`/reset-password?token=${searchParams.get("token")}&token=${searchParams.get("token")}.`);
  await expect(page.getByText(user.email)).toBeVisible();
});

test("a sign-up by someone else with the same address leaves the first link valid", async ({ page }) => {
  const email = newAddress();
  await signUp(page, { email });
  const { link } = await mailTo(email, /Confirm your email address/);
  const theirs = await anotherBrowser(page);
  await theirs.goto("/signup");
  await theirs.getByLabel("Name").fill("Mallory");
  await theirs.getByLabel("Email").fill(email);
  await theirs.getByLabel("Password", { exact: true }).fill(OTHER);
  await theirs.getByRole("button", { name: "Create account" }).click();
  await expect(theirs.getByText(/we've emailed/i)).toBeVisible();
  await expect.poll(async () => (await mailTo(email, /Confirm your email address/)).link).not.toBe(link);
  await theirs.context().close();

  await confirm(page, link);
  await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
});

test("changing the password ends every other session and gives this one a new token", async ({ page, user, logIn }) => {
  const other = await phone(page, user);
  await logIn(page, user, "/account");
  const before = await sessionCookie(page);
  await page.locator("#password-current").fill(user.password);
  await page.getByLabel("New password").fill(OTHER);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("1 other device has been logged out.")).toBeVisible();

  expect((await page.request.get("/api/session")).status()).toBe(200);
  const stale = await page.request.get("/api/session", { headers: { Cookie: `${cookieName()}=${before?.value}` } });
  expect(stale.status()).toBe(401);
  // The other browser's page leaves by itself.
  await expect(other.getByText("your password was changed")).toBeVisible();
  await mailTo(user.email, /Your password has been changed/);
  await other.context().close();
});

test("changing the password and deleting the account both need the current password", async ({ page, user, logIn }) => {
  await logIn(page, user, "/account");
  await page.locator("#password-current").fill("not the password");
  await page.getByLabel("New password").fill(OTHER);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.locator("#password-current")).toHaveAccessibleDescription(/Wrong password/);
  await expect(page.locator("#password-current")).toBeFocused();

  await unfoldDeletion(page);
  await page.locator("#delete-current").fill("not the password");
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.locator("#delete-current")).toHaveAccessibleDescription(/Wrong password/);
  expect(await db().user.count({ where: { id: user.id } })).toBe(1);
});

test("a new email address takes effect once its link is used, and the old address is notified", async ({
  page,
  user,
  logIn,
}) => {
  const email = newAddress();
  await logIn(page, user, "/account");
  await page.getByLabel("New email").fill(email);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByText(`We've emailed ${email}`)).toBeVisible();
  await expect(page.getByText(`You log in with ${user.email}`)).toBeVisible();

  await page.goto((await mailTo(email, /Confirm your new email address/)).link);
  await page.getByRole("button", { name: "Use this address" }).click();
  await expect(page.getByText(`You now log in with ${email}`)).toBeVisible();
  await mailTo(user.email, /Your email address has been changed/);
});

test("the link for a new email address works only after its owner logs in", async ({ page, user, logIn }) => {
  const email = newAddress();
  await logIn(page, user, "/account");
  await page.getByLabel("New email").fill(email);
  await page.getByRole("button", { name: "Change email" }).click();
  const { link } = await mailTo(email, /Confirm your new email address/);

  const stranger = await anotherBrowser(page);
  await stranger.goto(link);
  await expect(stranger.getByRole("button", { name: "Use this address" })).toHaveCount(0);
  await stranger.getByRole("link", { name: "Log in" }).click();
  await submitLogin(stranger, user);
  await stranger.getByRole("button", { name: "Use this address" }).click();
  await expect(stranger.getByText(`You now log in with ${email}`)).toBeVisible();
  await stranger.context().close();
});

test("when the owner takes the account back, emails still queued for the thief are deleted", async ({
  page,
  user,
  logIn,
}) => {
  const thief = newAddress();
  await logIn(page);
  await mailTo(user.email, /New log-in/);
  const link = await linkTo("/secure-account", "not-me", user);
  await db().user.update({ where: { id: user.id }, data: { email: thief } });
  const details = {
    about: "new-browser",
    userId: user.id,
    at: new Date().toISOString(),
    handle: null,
    userAgent: null,
    ipAddress: null,
  };
  await db().mail.create({
    data: { recipient: thief, kind: "incident", details, dueAt: new Date(Date.now() + 3_600_000) },
  });

  await page.goto(link);
  await page.getByRole("button", { name: "It wasn't me" }).click();
  await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  expect(await db().mail.count({ where: { recipient: thief } })).toBe(0);
  expect(await db().user.findUnique({ where: { id: user.id }, select: { email: true } })).toEqual({
    email: user.email,
  });
});

test("a log-in with the old password that is in progress during a password change starts no session", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const fields = Object.entries({ email: user.email, password: user.password });
  const logins = Array.from({ length: 12 }, () => postLogin(fields));
  await page.goto("/account");
  await page.locator("#password-current").fill(user.password);
  await page.getByLabel("New password").fill(OTHER);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password has been changed.")).toBeVisible();
  await Promise.all(logins);

  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

test("the owner of the old address can take the account back after an email change", async ({ page, user, logIn }) => {
  const email = newAddress();
  await logIn(page, user, "/account");
  await page.getByLabel("New email").fill(email);
  await page.getByRole("button", { name: "Change email" }).click();
  await expect(page.getByText(/we've emailed/i)).toBeVisible();
  await page.goto((await mailTo(email, /Confirm your new email address/)).link);
  await page.getByRole("button", { name: "Use this address" }).click();
  await expect(page).toHaveURL(/email-changed/);

  const owner = await anotherBrowser(page);
  await owner.goto((await mailTo(user.email, /Your email address has been changed/)).link);
  await owner.getByRole("button", { name: "It wasn't me" }).click();
  await owner.getByLabel("New password").fill(OTHER);
  await owner.getByRole("button", { name: "Change password" }).click();
  await expect(owner.getByText("all devices have been logged out")).toBeVisible();

  const { email: now } = await db().user.findUniqueOrThrow({ where: { id: user.id }, select: { email: true } });
  expect(now).toBe(user.email);
  await expect(page).toHaveURL(/\/login/);
  await owner.context().close();
});

test("deleting an account ends its sessions and deletes personal data, and the ledger keeps the events", async ({
  page,
}) => {
  const user = await newUser();
  await page.goto("/login");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
  const other = await phone(page, user);
  await page.goto("/account");
  await unfoldDeletion(page);
  await page.locator("#delete-current").fill(user.password);
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText("Your account and its data have been deleted")).toBeVisible();

  expect(await sessionCookie(page)).toBeNull();
  await expect(other).toHaveURL(/\/login/);
  expect(await db().user.count({ where: { id: user.id } })).toBe(0);
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id } });
  expect(lines.map(({ event }) => event)).toContain("user_deleted");
  expect(lines.filter(({ ipAddress, userAgent }) => ipAddress || userAgent)).toEqual([]);
  await mailTo(user.email, /Your account has been deleted/);
  await other.context().close();
});

test("the form for deleting the account is folded, and opens by itself for an error only", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page, user, "/account");
  await untilListening(page);
  const word = page.getByLabel("Type delete to confirm");
  await expect(word).toBeHidden();
  await unfoldDeletion(page);
  await expect(word).toBeVisible();
  await unfoldDeletion(page);
  await expect(word).toBeHidden();

  // A browser may send a form that is folded again before the response.
  await unfoldDeletion(page);
  await page.getByRole("button", { name: "Delete account" }).focus();
  await page.evaluate(() => {
    const button = document.activeElement as HTMLButtonElement;
    button.closest("details")?.removeAttribute("open");
    button.click();
  });
  await expect(page.locator("#delete-current")).toBeFocused();
  await expect(page.locator("#delete-current")).toHaveAccessibleDescription(/Enter your password/);
  await expect(word).toBeVisible();
});

test("a user downloads everything that is stored about them, without secrets, and nothing about another user", async ({
  page,
  user,
  logIn,
}) => {
  const other = await newUser();
  await newSession(other);
  await logIn(page, user, "/account");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download my data" }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  const file = JSON.parse(text);

  expect(download.suggestedFilename()).toMatch(/^account-\d{4}-\d\d-\d\d\.json$/);
  const { session } = await (await page.request.get("/api/session")).json();
  expect(file).toMatchObject({
    format: 1,
    site: process.env.APP_URL,
    account: { id: user.id, email: user.email, name: "Ada", role: "user", disabledAt: null, pendingEmail: null },
    sessions: [{ handle: session.handle, userAgent: session.userAgent, ipAddress: session.ipAddress }],
    knownBrowsers: [{ lastLoginAt: expect.any(String) }],
    sums: [{ signIns: 1, failures: 0 }],
    activity: [{ kind: "sign-ins", by: "you", address: session.ipAddress }],
  });
  const token = await unseal((await sessionCookie(page))?.value);
  for (const secret of [token, (await sessionCookie(page))?.value, user.password, "$2b$"])
    expect(text).not.toContain(String(secret));
  for (const foreign of [other.id, other.email]) expect(text).not.toContain(foreign);
  await db().user.delete({ where: { id: other.id } });
});

test("the only administrator cannot delete their account", async ({ page, user, logIn }) => {
  await db().user.updateMany({ where: { role: "admin" }, data: { role: "user" } });
  await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  await logIn(page, user, "/account");
  await unfoldDeletion(page);
  await page.locator("#delete-current").fill(user.password);
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.getByRole("button", { name: "Delete account" }).click();

  await expect(page.getByText("You're the only administrator")).toBeVisible();
});

test("a changed name is shown exactly as typed", async ({ page, user, logIn }) => {
  await logIn(page, user, "/account");
  await page.getByLabel("Name").fill("<b>Ada</b> & Co");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Name saved.")).toBeVisible();
  await expect(page.getByRole("main").getByText("<b>Ada</b> & Co", { exact: true })).toBeVisible();

  await page.goto("/dashboard");
  await expect(page.getByRole("heading", { name: "Hello, <b>Ada</b> & Co" })).toBeVisible();
});

test("an email reports a log-in from a new browser, and its link ends that session and starts a reset", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const { link } = await mailTo(user.email, /New log-in from Chrome/);
  const owner = await anotherBrowser(page);
  await owner.goto(link);
  expect((await page.request.get("/api/session")).status()).toBe(200);

  await owner.getByRole("button", { name: "It wasn't me" }).click();
  await expect(owner.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  expect((await page.request.get("/api/session")).status()).toBe(401);
  await owner.goto(link);
  await expect(owner.getByText("This link has expired or was already used")).toBeVisible();
  await owner.context().close();
});

test("a log-in from a known browser causes no email and no notice", async ({ page, user, logIn }) => {
  await logIn(page);
  await mailTo(user.email, /New log-in/);
  await page.goto("/logout");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");

  const lines = await db().ledgerLine.findMany({
    where: { userId: user.id, event: "authn_login_success" },
    orderBy: { id: "asc" },
  });
  expect(lines.map(({ reason }) => reason)).toEqual(["new-browser", null]);
  expect(await db().mail.count({ where: { recipient: user.email } })).toBe(0);
});

/**
 * Logs the user in. Then another browser fails to log in three times, and succeeds. The user's page shows the dashboard.
 * Returns the page of the other browser.
 */
async function breakIn(page: Page, user: TestUser): Promise<Page> {
  await sendLogin(page, user);
  const headers = fromSomewhere();
  for (let guess = 0; guess < 3; guess++) {
    const fields = Object.entries({ email: user.email, password: `guess ${guess}` });
    expect(await postLogin(fields, undefined, { ...headers, "User-Agent": WINDOWS })).toMatchObject({ isIn: false });
  }
  const thief = await anotherBrowser(page, { extraHTTPHeaders: headers, userAgent: WINDOWS });
  await sendLogin(thief, user);
  await thief.goto("/dashboard");
  await page.goto("/dashboard");
  return thief;
}

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0";

test("the dashboard asks about each failed log-in and new device, and forgets what the user has answered", async ({
  page,
  user,
}) => {
  const thief = await breakIn(page, user);
  const questions = page.getByRole("region", { name: "Was this you?" });
  await expect(questions.getByRole("listitem")).toHaveCount(2);
  await expect(questions.getByText("3 failed log-ins")).toBeVisible();
  await questions.getByRole("button", { name: /^Yes, this was me: New log-in from Firefox on Windows/ }).click();
  await expect(questions.getByRole("listitem")).toHaveCount(1);
  await page.reload();
  await expect(questions.getByRole("listitem")).toHaveCount(1);

  await questions.getByRole("button", { name: /^Yes, this was me: 3 failed log-ins/ }).click();
  await expect(questions).toBeHidden();
  await expect(page.getByText("Nothing needs your attention.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Nothing needs your attention.")).toBeVisible();
  await thief.context().close();
});

test("an answer to a question of the dashboard can be undone, and the question has the focus", async ({
  page,
  user,
}) => {
  const thief = await breakIn(page, user);
  await untilListening(page);
  const questions = page.getByRole("region", { name: "Was this you?" });
  for (const question of [
    /^Yes, this was me: New log-in from Firefox on Windows/,
    /^Yes, this was me: 3 failed log-ins/,
  ]) {
    await questions.getByRole("button", { name: question }).click();
    await expect(questions.getByRole("button", { name: question })).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await expect(questions.getByRole("button", { name: question })).toBeFocused();
    await expect(questions.getByRole("listitem")).toHaveCount(2);
  }
  await page.reload();
  await expect(questions.getByRole("listitem")).toHaveCount(2);
  await thief.context().close();
});

test("a user who answers No gets to a new password, and only a No to a log-in or a factor logs that device out", async ({
  page,
  user,
}) => {
  const thief = await breakIn(page, user);
  await page.getByRole("button", { name: /^No, secure my account: 3 failed log-ins/ }).click();
  await expect(page).toHaveURL(/\/account\?not-me#password$/);
  await expect(page.getByText("Choose a new password. That logs out every other device.")).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(2);

  await page.goto("/dashboard");
  await page.getByRole("button", { name: /^No, secure my account: New log-in from Firefox on Windows/ }).click();
  await expect(page).toHaveURL(/\/account\?device-logged-out&receipt=[\da-f-]{36}#password$/);
  await expect(page.getByText("We logged that device out.")).toBeVisible();
  await expect(page.getByText(/(Its page|1 page) went blank after \d/)).toBeVisible();
  await expect(thief).toHaveURL(/\/login/);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);

  await page.locator("#password-current").fill(user.password);
  await page.getByLabel("New password").fill(OTHER);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password has been changed.")).toBeVisible();
  await thief.context().close();
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("signing up, changing the name and resetting the password work", async ({ page }) => {
    const email = newAddress();
    await signUp(page, { email });
    await confirm(page, (await mailTo(email, /Confirm your email address/)).link);
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();

    await page.goto("/account");
    await page.getByLabel("Name").fill("Grace");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Name saved.")).toBeVisible();

    await choose(page, await askForReset(page, email), OTHER);
    await expect(page.getByText("Your password has been changed")).toBeVisible();
  });
});

test.describe("with JavaScript off, on the account page", () => {
  test.use({ javaScriptEnabled: false });

  test("the folded form deletes the account, and opens by itself for an error", async ({ page }) => {
    const user = await newUser();
    await page.goto("/login?next=/account");
    await submitLogin(page, user);
    const word = page.getByLabel("Type delete to confirm");
    await expect(word).toBeHidden();
    await unfoldDeletion(page);
    await page.locator("#delete-current").fill("not the password");
    await word.fill("delete");
    await page.getByRole("button", { name: "Delete account" }).click();
    await expect(page.locator("#delete-current")).toHaveAccessibleDescription(/Wrong password/);

    await page.locator("#delete-current").fill(user.password);
    await word.fill("delete");
    await page.getByRole("button", { name: "Delete account" }).click();
    await expect(page.getByText("Your account and its data have been deleted")).toBeVisible();
    expect(await db().user.count({ where: { id: user.id } })).toBe(0);
  });
});

test.describe("with restricted sign-up", () => {
  let closed: TestServer;
  let limited: TestServer;

  test.beforeAll(async () => {
    closed = await startServer({ SIGNUP: "closed", OUTBOX_SHOWN: "" });
    limited = await startServer({ SIGNUP: "domain:example.org" });
  });

  test.afterAll(async () => {
    await closed.stop();
    await limited.stop();
  });

  test("closed sign-up refuses everyone, and the log-in page does not offer it", async ({ page }) => {
    await page.goto(`${closed.url}/signup`);
    await expect(page.getByText("Sign-up is closed")).toBeVisible();
    await page.goto(`${closed.url}/login`);
    await expect(page.getByRole("link", { name: "Create an account" })).toHaveCount(0);
  });

  test("sign-up limited to a domain accepts only its addresses", async ({ page }) => {
    await page.goto(`${limited.url}/signup`);
    await page.getByLabel("Name").fill("Ada");
    const password = page.getByLabel("Password", { exact: true });
    await password.fill(PASSWORD);
    for (const email of ["ada@example.com", "ada@sub.example.org", "ada@evilexample.org"]) {
      await page.getByLabel("Email").fill(email);
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/Only addresses at example.org/);
      // Only the address is wrong, so the password stays.
      await expect(password).toHaveValue(PASSWORD);
    }
    await page.getByLabel("Email").fill("ada@example.org");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();
  });

  test("without OUTBOX_SHOWN, no email can be read over the web", async ({ request }) => {
    expect((await request.get(`${closed.url}/outbox`)).status()).toBe(404);
    const { readdirSync } = await import("node:fs");
    const [file = ""] = readdirSync(String(process.env.OUTBOX_FOLDER)).filter((name) => name.endsWith(".eml"));
    const id = file.slice(0, -4);
    for (const path of ["html", "file"]) {
      expect((await request.get(`${process.env.APP_URL}/outbox/${id}/${path}`)).status()).toBe(200);
      expect((await request.get(`${closed.url}/outbox/${id}/${path}`)).status()).toBe(404);
    }
  });
});
