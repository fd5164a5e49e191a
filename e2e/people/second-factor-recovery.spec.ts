import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import {
  anotherBrowser,
  expect,
  mailTo,
  newSession,
  newUser,
  phone,
  sessionCookie,
  submitLogin,
  type TestUser,
  test,
} from "@/e2e/support/fixtures";
import {
  addApp,
  addKey,
  addRecoveryCodes,
  expectToFit,
  halfLogIn,
  linkTo,
  logInWithCode,
  setUpApp,
  submitCode,
} from "@/e2e/support/second-factor";
import { factorsOf } from "@/lib/auth/second-factor/factors";
import { db, transaction } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { changeRole, createReset } from "@/lib/users/administration";
import { createOneTimeToken } from "@/lib/users/one-time-tokens";
import { findRecovery, isInDispute, startRecovery, sweepRecoveries } from "@/lib/users/recoveries";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere, postAction } from "@/testing/post-action";
import { ageRecovery } from "@/testing/recoveries";
import { startServer } from "@/testing/server";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };
const BASE = process.env.APP_URL;
const NEW_PASSWORD = "another horse battery staple";

async function recoverFor(user: TestUser): Promise<void> {
  await transaction((tx) => startRecovery(tx, user, CLIENT));
}

async function endWith(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Remove and log in" }).click();
}

/** Enters an email and a code on the page that stops a recovery. */
async function stopWith(page: Page, email: string, code: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Stop the recovery" }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    // ASVS 5.0, 6.3.6 and 6.4.4: email alone is no factor, and lost factors are replaced by password, email and a delay.
    test("a user who has lost everything gets back in by email and password, after the delay and not before", async ({
      page,
      user,
    }) => {
      await addApp(user);
      await addRecoveryCodes(user);
      await newSession(user);
      await halfLogIn(page, user);
      await page.getByRole("link", { name: "Lost your phone and your codes?" }).click();
      await page.getByRole("button", { name: "Email me a link" }).click();
      await expect(page.getByText("It starts the recovery.")).toBeVisible();
      expect(await findRecovery(user.id)).toBeNull();

      const confirm = await mailTo(user.email, /Confirm that you've lost your second factor/);
      await page.goto(confirm.link);
      await page.getByRole("button", { name: "Start the recovery" }).click();
      await expect(page.getByText("The recovery has started.")).toBeVisible();
      await mailTo(user.email, /A recovery of your second factor has started/);
      await halfLogIn(page, user);
      await expect(page.getByText("A recovery of this account's second factor is under way.")).toBeVisible();

      // Not even a link that came too early ends it.
      await ageRecovery(user, 23 * HOUR);
      await sweepRecoveries();
      await page.goto(await linkTo("/recover", "finish-recovery", user));
      await endWith(page, user.password);
      await expect(page.getByText("This link no longer works.")).toBeVisible();
      expect(await factorsOf(user.id)).toMatchObject({ totp: true, recoveryCodes: 10 });
      expect(await db().session.count({ where: { userId: user.id } })).toBe(1);

      await ageRecovery(user, HOUR);
      await sweepRecoveries();
      // The first link in this email stops the recovery, and the last one ends it.
      const { text } = await mailTo(user.email, /You can set up a new second factor/);
      const link = String(text.match(/\/recover\?token=[\w-]+/g)?.at(-1));
      await page.goto(link);
      await endWith(page, "wrong horse battery staple");
      await expect(page.getByText("Wrong password.")).toBeVisible();
      await endWith(page, user.password);
      await expect(page).toHaveURL("/account/security");
      await expect(page.getByRole("link", { name: "Set up an app" })).toBeVisible();
      expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: false, recoveryCodes: 0 });
      expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
      expect((await (await page.request.get("/api/session")).json()).session).toMatchObject({ level: 1 });
      await mailTo(user.email, /Your second factor has been removed/);
      await page.goto(link);
      await expect(page.getByRole("heading", { name: "This link has expired or was already used" })).toBeVisible();
    });

    test("a code stops a recovery without the password, even where a thief has the mailbox and changed the password", async ({
      page,
      user,
    }) => {
      const app = await addApp(user);
      const [recoveryCode = ""] = await addRecoveryCodes(user);
      await logInWithCode(page, user, app);
      // An open page would leave by itself, just when the next one is opened.
      await page.goto("about:blank");
      const theirs = await anotherBrowser(page);
      await theirs.goto(await linkTo("/reset-password", "reset", user));
      await theirs.getByLabel("New password").fill(NEW_PASSWORD);
      await theirs.getByRole("button", { name: "Change password" }).click();
      await expect(theirs).toHaveURL(/\/login\?reset/);
      await recoverFor(user);

      await page.goto("/dashboard");
      await page.getByRole("link", { name: "protect your second factor" }).click();
      await expect(page).toHaveURL("/recover?stop");
      await stopWith(page, user.email, "000000");
      await expect(page.getByText("Nothing was stopped.")).toBeVisible();
      await expect(page.getByLabel("Email")).toHaveValue(user.email);
      await stopWith(page, user.email, await app.code());
      await expect(page.getByText("Nobody can start another one for 7 days.")).toBeVisible();
      expect(await findRecovery(user.id)).toBeNull();
      expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: true, recoveryCodes: 10 });
      expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
      await mailTo(user.email, /The recovery of your second factor has been stopped/);

      // The thief cannot begin again: neither by asking, nor with a link that was sent before.
      await halfLogIn(theirs, { ...user, password: NEW_PASSWORD });
      await theirs.goto("/recover");
      await theirs.getByRole("button", { name: "Email me a link" }).click();
      await expect(theirs.getByText("For 7 days after that, nobody can start another one.")).toBeVisible();
      await theirs.goto(await linkTo("/recover", "confirm-recovery", user));
      await theirs.getByRole("button", { name: "Start the recovery" }).click();
      await expect(theirs.getByText("For 7 days after that, nobody can start another one.")).toBeVisible();
      expect(await findRecovery(user.id)).toBeNull();
      await theirs.context().close();

      // A recovery code will do, too, once, and its owner hears how many are left.
      await ageRecovery(user, 7 * DAY);
      await recoverFor(user);
      await page.goto("/recover?stop");
      await stopWith(page, user.email, recoveryCode);
      await expect(page.getByText("The recovery has been stopped.")).toBeVisible();
      await mailTo(user.email, /A recovery code has been used/);
    });

    test("the link in the mail stops a recovery, and changes nothing else", async ({ page, user }) => {
      await addApp(user);
      await newSession(user);
      await recoverFor(user);
      const { link } = await mailTo(user.email, /A recovery of your second factor has started/);
      await page.goto(link);
      await page.goto(link);
      expect(await findRecovery(user.id)).not.toBeNull();
      await page.getByRole("button", { name: "Stop the recovery" }).click();
      await expect(page.getByText("The recovery has been stopped.")).toBeVisible();

      expect(await findRecovery(user.id)).toBeNull();
      expect(await factorsOf(user.id)).toMatchObject({ totp: true });
      expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
      await mailTo(user.email, /The recovery of your second factor has been stopped/);
    });
  });
}

test("every open page says at once that a recovery is under way, and a session alone stops it", async ({
  page,
  user,
}) => {
  await logInWithCode(page, user, await addApp(user));
  await page.goto("/sessions");
  await recoverFor(user);
  const notice = page.getByRole("alert").filter({ hasText: "A recovery of your second factor is under way" });
  await expect(notice).toBeVisible();
  for (const path of ["/dashboard", "/account", "/account/security"]) {
    await page.goto(path);
    await expect(notice).toBeVisible();
  }
  const other = await page.context().newPage();
  await other.goto("/activity");
  await expect(other.getByText("Recovery of the second factor started")).toBeVisible();

  await notice.getByRole("button", { name: "Stop the recovery" }).click();
  await expect(page.getByText("The recovery has been stopped.")).toBeVisible();
  await expect(notice).toBeHidden();
  await expect(other.getByRole("button", { name: "Stop the recovery" })).toBeHidden();
  expect(await findRecovery(user.id)).toBeNull();
});

test("a recovery needs the right password in this browser first, and tells a stranger nothing", async ({ page }) => {
  await page.goto("/recover");
  await expect(page).toHaveURL("/login");
  const answer = await page.goto(`/recover?token=${"a".repeat(43)}`);
  // The address has a secret, which no other page may see.
  expect(answer?.headers()["referrer-policy"]).toBe("strict-origin");
  await expect(page.getByRole("heading", { name: "This link has expired or was already used" })).toBeVisible();
});

test("guesses at a code that stops a recovery are limited by network, and leave the owner's own attempts alone", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  await recoverFor(user);
  const post = (email: string, code: string, as: Record<string, string>) =>
    postAction({
      ...{ name: "stopWithCode", path: "/recover?stop", base: String(BASE), as },
      fields: [
        ["email", email],
        ["code", code],
      ],
    });
  // A thief with a hundred networks, so that the app would be locked if these guesses counted for it.
  for (let network = 0; network < 21; network++) {
    const as = fromSomewhere();
    const statuses = [];
    for (let guess = 0; guess < 6; guess++) statuses.push((await post(user.email, "000000", as)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  }
  expect(await findRecovery(user.id)).not.toBeNull();

  // The second step takes the owner's code at once, and the page stops the recovery.
  await logInWithCode(page, user, app);
  await db().totp.update({ where: { userId: user.id }, data: { failures: 100 }, select: { userId: true } });
  expect((await post(user.email, await app.code(), fromSomewhere())).headers.get("x-action-redirect")).toContain(
    "/recover?stopped-by-code",
  );
  expect(await findRecovery(user.id)).toBeNull();
});

test("the page that stops a recovery answers alike for no account, no recovery and a wrong code", async ({
  page,
  user,
}) => {
  const [code, other] = [await (await addApp(user)).code(), await newUser()];
  await addApp(other);
  await recoverFor(other);
  const seen = [];
  for (const [email, entered] of [
    [`${randomUUID()}@example.com`, "123456"],
    [user.email, code],
    [other.email, "000000"],
    [other.email, "0000-0000-0000-0000-0000-0000"],
  ] as const) {
    await page.goto("/recover?stop");
    await stopWith(page, email, entered);
    seen.push(await page.getByRole("alert").filter({ hasText: "Nothing was stopped." }).textContent());
  }
  expect(new Set(seen).size).toBe(1);
  // A code that stopped nothing was not used up.
  await halfLogIn(page, user);
  await submitCode(page, code);
  await expect(page).toHaveURL("/dashboard");
  await db().user.delete({ where: { id: other.id }, select: { id: true } });
});

// ASVS 5.0, 6.6.4: nothing is pushed to users but emails, and somebody with the password cannot flood them.
test("emails that start a recovery are limited", async ({ page, user }) => {
  await addApp(user);
  await halfLogIn(page, user);
  for (let n = 1; n <= 3; n++) {
    await page.goto("/recover");
    await page.getByRole("button", { name: "Email me a link" }).click();
    await expect(page.getByText("It starts the recovery.")).toBeVisible();
  }
  await page.goto("/recover");
  await page.getByRole("button", { name: "Email me a link" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Try again" })).toBeVisible();
});

// ASVS 5.0, 6.4.3: a reset of the password bypasses no second factor.
test("a reset of the password by mail takes no factor away, asks for the second step, and cancels a recovery", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  await addRecoveryCodes(user);
  await recoverFor(user);
  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.goto((await mailTo(user.email, /password/)).link);
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL(/\/login\?reset/);

  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
  expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: true, recoveryCodes: 10 });
  expect(await findRecovery(user.id)).toBeNull();
  await submitLogin(page, { ...user, password: NEW_PASSWORD });
  await expect(page).toHaveURL(/\/login\/verify/);
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/dashboard");
});

test("a change of the password or of a factor cancels a recovery, and its link is worth nothing", async ({
  page,
  user,
}) => {
  await logInWithCode(page, user, await addApp(user));
  await recoverFor(user);
  const link = await linkTo("/recover", "finish-recovery", user);
  await page.goto("/account");
  await page.locator("#password-current").fill(user.password);
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password has been changed.")).toBeVisible();
  expect(await findRecovery(user.id)).toBeNull();
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "This link has expired or was already used" })).toBeVisible();

  await recoverFor(user);
  await page.goto("/account/security");
  await page
    .getByRole("button", { name: "Replace all codes" })
    .or(page.getByRole("button", { name: "Create codes" }))
    .click();
  await expect(page.locator("[data-recovery-codes] li")).toHaveCount(10);
  expect(await findRecovery(user.id)).toBeNull();
});

test("an administrator removes a second factor with a reason, and the owner reads it", async ({
  page,
  user,
  logIn,
}) => {
  const owner = await newUser();
  await addApp(owner);
  const theirs = await newSession(owner);
  await changeRole(user.id, "admin", { userId: null, note: "for a test", userAgent: null, ipAddress: null });
  await logIn(page);
  await page.goto(`/admin/users/${owner.id}`);
  const remove = page.getByRole("main").getByRole("button", { name: "Remove second factor", exact: true });
  await remove.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Lost phone, seen in person");
  await dialog.getByRole("button", { name: "Remove second factor" }).click();
  await expect(page.getByText("Second factor removed, and logged out everywhere.")).toBeVisible();

  const { text } = await mailTo(owner.email, /An administrator has removed your second factor/);
  expect(text).toContain("Lost phone, seen in person");
  const answer = await fetch(`${process.env.APP_URL}/api/session`, {
    headers: { Cookie: `${cookieName()}=${theirs}` },
  });
  expect([answer.status, (await answer.json()).reason]).toEqual([401, "by-admin"]);
  expect(await factorsOf(owner.id)).toEqual({ passkeys: 0, totp: false, recoveryCodes: 0 });
  await expect(remove).toBeHidden();

  const elsewhere = await anotherBrowser(page);
  await elsewhere.goto("/login");
  await submitLogin(elsewhere, owner);
  await expect(elsewhere).toHaveURL("/dashboard");
  await elsewhere.goto("/activity");
  await expect(elsewhere.getByText("Second factor removed by an administrator").first()).toBeVisible();
  await elsewhere.context().close();
  await db().user.delete({ where: { id: owner.id }, select: { id: true } });
});

test("where a second factor is required, the end of a recovery leads to a new one and nowhere else", async ({
  page,
}) => {
  const user = await newUser();
  await addApp(user);
  const server = await startServer({ SECOND_FACTOR: "required" });
  await recoverFor(user);
  await ageRecovery(user, DAY);
  await sweepRecoveries();
  await page.goto(server.url + (await linkTo("/recover", "finish-recovery", user)));
  await endWith(page, user.password);
  await expect(page).toHaveURL(`${server.url}/account/security`);
  await expect(page.getByText("Your administrator requires a second factor.")).toBeVisible();
  await page.goto(`${server.url}/activity`);
  await expect(page).toHaveURL(`${server.url}/account/security?next=%2Factivity`);
  await page.goto("about:blank");
  await server.stop();
  await db().user.delete({ where: { id: user.id }, select: { id: true } });
});

// ASVS 5.0, 6.3.4 and 6.4.3: no pathway is weaker than the others, and none is undocumented.
test("with a right password and no second factor, no entrance leads to a session", async ({ page, user }) => {
  test.slow();
  const app = await addApp(user);
  const base = String(process.env.APP_URL);
  const to = { email: user.email, userId: user.id };
  const sessions = () => db().session.count({ where: { userId: user.id } });
  const passwordHash = async () =>
    (await db().user.findUniqueOrThrow({ where: { id: user.id }, select: { passwordHash: true } })).passwordHash;
  let { password } = user;

  /** Logs in with the password alone, which leads to the second step and to no session. */
  const isHeldUp = async (entrance: string) => {
    await page.context().clearCookies({ name: cookieName() });
    await halfLogIn(page, { ...user, password });
    expect(await sessionCookie(page), entrance).toBeNull();
    expect(await sessions(), entrance).toBe(0);
  };
  /** Posts an action with everything that this browser holds. It may say whatever it wants, but starts no session. */
  const opensNothing = async (name: string, path: string, fields: [string, string][]) => {
    const as = { Cookie: (await page.context().cookies()).map((each) => `${each.name}=${each.value}`).join("; ") };
    const before = await sessions();
    const answer = await postAction({ name, path, fields, base, as });
    expect(answer.status, name).toBeLessThan(500);
    expect(`, ${answer.headers.get("set-cookie")}`, name).not.toContain(`, ${cookieName()}=Fe26`);
    expect(await sessions(), name).toBe(before);
  };
  /** Chooses a new password by a link, and then logs in with it. */
  const resetBy = async (entrance: string, path: string) => {
    password = `${randomUUID()} battery staple`;
    await page.goto(path);
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page, entrance).toHaveURL(/\/login\?reset/);
    expect(await sessions(), entrance).toBe(0);
    await isHeldUp(entrance);
  };

  await isHeldUp("the log-in form");
  // What the browser holds between the steps, at the API, forward authentication and every private page.
  for (const path of ["/api/session", "/api/sessions", "/api/devices", "/api/notices", "/api/recovery", "/api/verify"])
    expect((await page.request.get(path)).status(), path).toBe(401);
  for (const path of ["/dashboard", "/account/security", "/account/security/totp", "/confirm", "/account/export"]) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/login\?next=/);
  }
  await opensNothing("logInAgain", "/dashboard", [
    ["email", user.email],
    ["password", password],
  ]);
  await opensNothing("verifyAgain", "/dashboard", [["code", "000000"]]);
  await opensNothing("startDemonstration", "/dashboard/how-it-works", []);
  await opensNothing("confirm", "/confirm", [
    ["password", password],
    ["next", "/dashboard"],
  ]);
  await opensNothing("addAuthenticator", "/account/security/totp", [["code", await app.code()]]);
  await opensNothing("removeAuthenticator", "/account/security", []);

  // The ticket to make room at the session limit, made when the password was enough.
  const theirs = await newSession(user);
  const { handle } = await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { handle: true } });
  for (const name of ["makeRoom", "makeRoomAgain"]) {
    const its = { passwordHash: await passwordHash(), amr: ["pwd" as const] };
    const ticket = await createOneTimeToken({ kind: "choose", about: user.id, ...to, ...its });
    await opensNothing(name, "/login", [
      ["ticket", ticket],
      ["handle", handle],
    ]);
  }
  expect((await fetch(`${base}/api/session`, { headers: { Cookie: `${cookieName()}=${theirs}` } })).status).toBe(200);
  await db().session.deleteMany({ where: { userId: user.id } });

  // A browser in which the user has logged in before: it is known, but not trusted.
  await logInWithCode(page, user, app);
  await db().session.deleteMany({ where: { userId: user.id } });
  await isHeldUp("a known browser");

  await resetBy("a reset link", await linkTo("/reset-password", "reset", user));
  await resetBy("an invitation", await linkTo("/reset-password", "invitation", user));
  const nobody = { userId: null, note: "for a test", userAgent: null, ipAddress: null };
  await resetBy("an administrator's link", `/reset-password?token=${await createReset(user.id, nobody)}`);

  await page.goto(await linkTo("/secure-account", "not-me", user));
  await page.getByRole("button", { name: "It wasn't me" }).click();
  await expect(page).toHaveURL(/\/reset-password\?token=/);
  await resetBy('"it wasn\'t me"', page.url());

  // Links for other accounts, and for this one's address.
  const signUp = await createOneTimeToken({
    kind: "sign-up",
    about: randomUUID(),
    email: user.email,
    name: "Ada",
    passwordHash: await passwordHash(),
  });
  await opensNothing("finishSignUp", "/verify-email", [
    ["token", signUp],
    ["password", password],
  ]);
  const newAddress = await createOneTimeToken({ kind: "change-email", about: user.id, ...to });
  await opensNothing("finishEmailChange", "/verify-email", [["token", newAddress]]);

  // A recovery: asked for, started, and before its delay is over.
  await opensNothing("askForRecovery", "/recover", []);
  const owned = { about: randomUUID(), ...to };
  const start = await createOneTimeToken({ kind: "confirm-recovery", ...owned });
  await opensNothing("startRecovery", "/recover", [["token", start]]);
  expect(await findRecovery(user.id)).not.toBeNull();
  const end = await createOneTimeToken({ kind: "finish-recovery", ...owned });
  await opensNothing("endRecovery", "/recover", [
    ["token", end],
    ["password", password],
  ]);
  await isHeldUp("a recovery that is under way");
  expect(await factorsOf(user.id)).toMatchObject({ totp: true });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("a link against an event removes the factors that were added since, except for those that the owner keeps", async ({
      page,
      user,
      logIn,
    }) => {
      await logIn(page);
      await addKey(user, "Old key");
      await db()
        .$executeRaw`UPDATE passkeys SET created_at = now() - interval '1 hour' WHERE user_id = ${user.id}::uuid`;
      const { link } = await mailTo(user.email, /New log-in/);
      await addApp(user);
      await addRecoveryCodes(user);
      await addKey(user, "Thief's key");
      await addKey(user, "New key");
      await page.context().clearCookies();

      await page.goto(link);
      const boxes = page.getByRole("group", { name: "These were added to your account since then" });
      await expect(boxes.getByRole("checkbox")).toHaveCount(4);
      await expect(boxes.getByText("Old key")).toBeHidden();
      await boxes.getByRole("checkbox", { name: /New key/ }).check();
      await page.getByRole("button", { name: "It wasn't me" }).click();
      await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();

      const names = await db().passkey.findMany({ where: { userId: user.id }, select: { name: true } });
      expect(names.map(({ name }) => name).sort()).toEqual(["New key", "Old key"]);
      expect(await factorsOf(user.id)).toEqual({ passkeys: 2, totp: false, recoveryCodes: 0 });
      expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
      await mailTo(user.email, /A passkey was removed|A passkey has been removed/);
    });
  });
}

test("a link against an event takes away no factor from before, nor one that is older than the link can be", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  await addRecoveryCodes(user);
  // The owner set it up eight days ago, in the session that the link is about.
  await logInWithCode(page, user, app);
  const { link } = await mailTo(user.email, /New log-in/);
  await db()
    .$executeRaw`UPDATE totp SET confirmed_at = confirmed_at - interval '8 days' WHERE user_id = ${user.id}::uuid`;
  await db()
    .$executeRaw`UPDATE recovery_codes SET created_at = created_at - interval '8 days' WHERE user_id = ${user.id}::uuid`;

  await page.goto(link);
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  await page.getByRole("button", { name: "It wasn't me" }).click();
  await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: true, recoveryCodes: 10 });
});

// ASVS 5.0, 6.3.4 and 6.3.6: the link of an email takes no second factor away at once.
test("a link against an event takes the last factor away only after the delay, and until then it opens nothing alone", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const { link } = await mailTo(user.email, /New log-in/);
  const app = await addApp(user);
  await addRecoveryCodes(user);
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByText(/after .+, we'll email a link that removes them/)).toBeVisible();
  await page.getByRole("button", { name: "It wasn't me" }).click();
  await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();

  // The old password opens nothing before the owner has chosen a new one, and cannot be that.
  const theirs = await anotherBrowser(page);
  await theirs.goto("/login");
  await submitLogin(theirs, user);
  await expect(theirs.getByText("Wrong email or password.")).toBeVisible();
  await theirs.context().close();
  await page.getByLabel("New password").fill(user.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("That is already your password.")).toBeVisible();
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL(/\/login\?reset/);

  expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: true, recoveryCodes: 0 });
  expect(await findRecovery(user.id)).not.toBeNull();
  expect(await isInDispute(user.id)).toBe(true);
  // The thief has a code, and cannot stop it. The new password alone opens nothing.
  await page.goto("/recover?stop");
  await stopWith(page, user.email, await app.code());
  await expect(page.getByText("Nothing was stopped.")).toBeVisible();
  await halfLogIn(page, { ...user, password: NEW_PASSWORD });
  await expect(page.getByText("The second factor of this account was denied")).toBeVisible();

  await ageRecovery(user, DAY);
  await sweepRecoveries();
  const { text } = await mailTo(user.email, /You can set up a new second factor/);
  await page.goto(String(text.match(/\/recover\?token=[\w-]+/g)?.at(-1)));
  await endWith(page, NEW_PASSWORD);
  await expect(page).toHaveURL("/account/security");
  expect(await factorsOf(user.id)).toEqual({ passkeys: 0, totp: false, recoveryCodes: 0 });
});

test("a No to a notice logs out the device that added a factor, and names the factor to remove", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const thief = await phone(page, user);
  await thief.goto("/account/security/totp");
  await setUpApp(thief, user);
  await expect(thief.getByText("Your authenticator app is set up.")).toBeVisible();

  await page.goto("/dashboard");
  await page
    .getByRole("button", { name: /^No, secure my account: .*second factor/i })
    .first()
    .click();
  await expect(page).toHaveURL(/\/account\?device-logged-out&receipt=[\da-f-]{36}&since=.+#password$/);
  await expect(page.getByText("this was added to your account: Authenticator app and Recovery codes.")).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
  await page.getByRole("link", { name: "Check your second factors" }).click();
  await expect(page).toHaveURL("/account/security");
  await thief.context().close();
});

for (const [locale, words] of [
  [
    "en",
    {
      ask: "Recover your account",
      start: "Start the recovery?",
      stop: "Stop the recovery?",
      end: "Remove the second factor",
    },
  ],
  ["ko", { ask: "계정 복구", start: "복구를 시작할까요?", stop: "복구를 중단할까요?", end: "2단계 인증 수단 삭제" }],
] as const) {
  test.describe(`in ${locale}`, () => {
    test.use({ locale });

    test("the pages of a recovery are in the reader's language, and fit 320 pixels", async ({ page, user }) => {
      await addApp(user);
      await halfLogIn(page, user);
      await page.goto("/recover");
      await expectToFit(page, words.ask);
      for (const [kind, title] of [
        ["confirm-recovery", words.start],
        ["cancel-recovery", words.stop],
        ["finish-recovery", words.end],
      ] as const) {
        await page.goto(await linkTo("/recover", kind, user));
        await expectToFit(page, title);
      }
    });
  });
}
