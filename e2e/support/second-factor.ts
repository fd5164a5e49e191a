import { randomUUID } from "node:crypto";
import type { BrowserContext, Page } from "playwright/test";
import { insertPasskey } from "@/lib/auth/passkeys/store";
import { renewRecoveryCodes } from "@/lib/auth/second-factor/recovery-codes";
import { codeAt } from "@/lib/auth/totp/code";
import { confirmSecret, secretToShow } from "@/lib/auth/totp/store";
import { db, transaction } from "@/lib/db";
import { sealLogin } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { createOneTimeToken, type OneTimeTokenKind } from "@/lib/users/one-time-tokens";
import { expect, submitLogin, type TestUser } from "./fixtures";

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

/** Gives a browser the cookie of a log-in that waits for its second step, without the form. */
export async function giveHalfLogin(context: BrowserContext, user: { id: string; email: string }): Promise<void> {
  const { id: userId, email } = user;
  const its = { about: randomUUID(), email, userId, passwordHash: "none", amr: ["pwd" as const] };
  const token = await createOneTimeToken({ kind: "second-step", ...its });
  const url = String(process.env.APP_URL);
  const value = await sealLogin({ token, publicComputer: false });
  await context.addCookies([{ name: `login-${new URL(url).port}`, value, url }]);
}

/** The address of a link of an email to a user. */
export async function linkTo(
  path: "/recover" | "/secure-account",
  kind: OneTimeTokenKind,
  { id: userId, email }: { id: string; email: string },
): Promise<string> {
  return `${path}?token=${await createOneTimeToken({ kind, about: randomUUID(), email, userId })}`;
}

/** Enters email and password, which leads to the second step. */
export async function halfLogIn(page: Page, user: TestUser, next = "", base = ""): Promise<void> {
  await page.goto(`${base}/login${next && `?next=${encodeURIComponent(next)}`}`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(/\/login\/verify(\?|$)/);
}

/** Enters a code on the page of the second step. */
export async function submitCode(page: Page, code: string): Promise<void> {
  await page.getByLabel(/^(Code|Recovery code)$/).fill(code);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
}
