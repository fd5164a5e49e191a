import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import { insertPasskey } from "@/lib/auth/passkeys/store";
import { renewRecoveryCodes } from "@/lib/auth/second-factor/recovery-codes";
import { codeAt } from "@/lib/auth/totp/code";
import { confirmSecret, secretToShow } from "@/lib/auth/totp/store";
import { db, transaction } from "@/lib/db";
import { sealLogin } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { createOneTimeToken, type OneTimeTokenKind } from "@/lib/users/one-time-tokens";
import { expect, type TestUser } from "./fixtures";

/** A user's authenticator app in a test. */
export type App = {
  secret: string;
  /** The code that the app shows now. It is right even if this or a later one was used: no test waits for the next. */
  code(): Promise<string>;
};

/** Gives a user an authenticator app without the pages. */
export async function addApp(user: { id: string }): Promise<App> {
  const of = { userId: user.id, sessionHandle: randomUUID() };
  const secret = await secretToShow(of.userId, of.sessionHandle);
  const app = appWith(secret, user);
  await transaction(async (tx) => confirmSecret(tx, of, await codeNow(secret)));
  return app;
}

/** The app that has this secret. */
export function appWith(secret: string, { id: userId }: { id: string }): App {
  return {
    secret,
    async code() {
      await db().totp.updateMany({ where: { userId }, data: { lastStep: 0 } });
      return codeNow(secret);
    },
  };
}

/** By the clock of the database, which decides. */
async function codeNow(secret: string): Promise<string> {
  const [row] = await db().$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
  return codeAt(secret, row?.now ?? new Date());
}

/** Gives a user recovery codes without the pages. */
export async function addRecoveryCodes(user: { id: string }): Promise<string[]> {
  return renewRecoveryCodes(db(), user.id);
}

/** Gives a user a passkey, as if a browser had just made it. Nobody can log in with it. */
export async function addKey(user: { id: string }, name: string): Promise<void> {
  const key = { id: newToken(), publicKey: new Uint8Array(9), counter: 0, transports: [], name, synced: true };
  await insertPasskey(db(), user.id, key, { userAgent: "Test", ipAddress: "192.0.2.7" });
}

/** The name of the cookie of a log-in that waits for its second step. */
export function loginCookieName(url = String(process.env.APP_URL)): string {
  return `login-${new URL(url).port}`;
}

/** The cookie of a log-in that waits for its second step, without the form. */
export async function halfLoginCookie(user: { id: string; email: string }, url = String(process.env.APP_URL)) {
  const { id: userId, email } = user;
  const its = { about: randomUUID(), email, userId, passwordHash: "none", amr: ["pwd" as const] };
  const token = await createOneTimeToken({ kind: "second-step", ...its });
  return { name: loginCookieName(url), value: await sealLogin({ token, publicComputer: false }), url };
}

/** The address of a link of an email to a user. */
export async function linkTo(
  path: "/recover" | "/reset-password" | "/secure-account",
  kind: OneTimeTokenKind,
  { id: userId, email }: { id: string; email: string },
): Promise<string> {
  return `${path}?token=${await createOneTimeToken({ kind, about: randomUUID(), email, userId })}`;
}

/** Sets up an app on its page. */
export async function setUpApp(page: Page, user: TestUser): Promise<App> {
  const app = appWith(String(await page.locator("[data-totp-secret]").textContent()).trim(), user);
  await page.getByLabel("Code", { exact: true }).fill(await app.code());
  await page.getByRole("button", { name: "Finish" }).click();
  return app;
}

/** Enters email and password, which leads to the second step. It does so in any language. */
export async function halfLogIn(page: Page, user: TestUser, next = "", base = ""): Promise<void> {
  await page.goto(`${base}/login${next && `?next=${encodeURIComponent(next)}`}`);
  await page.locator("[name=email]").fill(user.email);
  await page.locator("[name=password]").fill(user.password);
  await page.locator("main form button[type=submit]").first().click();
  await expect(page).toHaveURL(/\/login\/verify(\?|$)/);
}

/** Enters a code on the page of the second step. */
export async function submitCode(page: Page, code: string): Promise<void> {
  await page.getByLabel(/^(Code|Recovery code)$/).fill(code);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
}

/** Logs in with email, password and a code of the app. */
export async function logInWithCode(page: Page, user: TestUser, app: App): Promise<void> {
  await halfLogIn(page, user);
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/dashboard");
}

/** Expects that a page has this title, and fits a window of 320 pixels. */
export async function expectToFit(page: Page, title: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 640 });
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  const excess = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(excess), title).toBe(0);
}
