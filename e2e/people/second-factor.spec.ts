import type { Page } from "playwright/test";
import {
  anotherBrowser,
  expect,
  mailsTo,
  mailTo,
  newSession,
  newUser,
  phone,
  sessionCookie,
  submitLogin,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import {
  addApp,
  addKey,
  addRecoveryCodes,
  expectToFit,
  halfLogIn,
  logInWithCode,
  loginCookieName,
  setUpApp,
  submitCode,
} from "@/e2e/support/second-factor";
import { accountSubject } from "@/lib/auth/authenticate";
import { factorsOf } from "@/lib/auth/second-factor/factors";
import { db, transaction } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { keyOf } from "@/lib/throttle/rule";
import { permitTry } from "@/lib/throttle/store";
import { cookieName } from "@/testing/cookie-name";
import { fromSomewhere, postAction, postLogin } from "@/testing/post-action";
import { startServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";

async function loginCookie(page: Page) {
  return (await page.context().cookies()).find(({ name }) => name === loginCookieName());
}

async function removeApp(page: Page): Promise<void> {
  await page.getByText("Remove the app…").click();
  await page.getByRole("button", { name: "Remove the app" }).click();
}

/** The session cookie of a page's browser at another server, as headers. */
async function asSession(page: Page, url: string): Promise<{ Cookie: string }> {
  const cookie = await sessionCookie(page, url);
  return { Cookie: `${cookie?.name}=${cookie?.value}` };
}

async function sessionOf(page: Page) {
  return (await (await page.request.get("/api/session")).json()).session;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("a user sets up an authenticator app, keeps the recovery codes, and logs in with password and code", async ({
      page,
      user,
      logIn,
    }) => {
      await logIn(page);
      await page.goto("/account/security");
      await page.getByRole("link", { name: "Set up an app" }).click();
      await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
      const secret = String(await page.locator("[data-totp-secret]").textContent()).trim();
      await page.reload();
      await expect(page.locator("[data-totp-secret]")).toHaveText(secret);

      await page.getByLabel("Code", { exact: true }).fill("000000");
      await page.getByRole("button", { name: "Finish" }).click();
      await expect(page.getByText("Wrong code. Check the time of your phone")).toBeVisible();
      const app = await setUpApp(page, user);

      await expect(page.getByText("Your authenticator app is set up.")).toBeVisible();
      const codes = await page.locator("[data-recovery-codes] li").allInnerTexts();
      expect(new Set(codes).size).toBe(10);
      await expect(page.getByText(secret)).toBeHidden();
      expect(await sessionOf(page)).toMatchObject({ level: 2, amr: ["pwd", "otp", "mfa"] });
      await mailTo(user.email, /An authenticator app has been added/);
      await page.goto("/account/security");
      await expect(page.getByText("10 codes left")).toBeVisible();
      for (const code of codes) await expect(page.getByText(code)).toBeHidden();

      await page.context().clearCookies();
      await halfLogIn(page, user, "/sessions");
      await submitCode(page, await app.code());
      await expect(page).toHaveURL("/sessions");
      expect(await sessionOf(page)).toMatchObject({ level: 2, amr: ["pwd", "otp", "mfa"] });
      expect(await loginCookie(page)).toBeUndefined();
    });

    test("a recovery code logs in once, its owner hears how many are left, and a new set replaces the old", async ({
      page,
      user,
    }) => {
      await addApp(user);
      const [first = "", second = ""] = await addRecoveryCodes(user);
      await halfLogIn(page, user);
      await page.getByRole("link", { name: "Use a recovery code" }).click();
      await expect(page.getByLabel("Recovery code")).toBeVisible();
      await submitCode(page, first.toLowerCase().replaceAll("-", " "));
      await expect(page).toHaveURL("/dashboard");
      expect((await mailTo(user.email, /A recovery code has been used/)).text).toContain(
        "You have 9 recovery codes left",
      );

      await page.context().clearCookies();
      await halfLogIn(page, user);
      await page.getByRole("link", { name: "Use a recovery code" }).click();
      await expect(page.getByLabel("Recovery code")).toBeVisible();
      await submitCode(page, first);
      await expect(page.getByText("Wrong recovery code, or it was used before. Use another one.")).toBeVisible();
      await submitCode(page, second);
      await expect(page).toHaveURL("/dashboard");

      await page.goto("/account/security");
      await expect(page.getByText("8 codes left")).toBeVisible();
      await page.getByRole("button", { name: "Replace all codes" }).click();
      const shown = page.locator("[data-recovery-codes] li");
      await expect(shown).toHaveCount(10);
      const codes = await shown.allInnerTexts();
      expect(codes).not.toContain(second);
      expect(await db().recoveryCode.count({ where: { userId: user.id } })).toBe(10);
      await mailTo(user.email, /You have new recovery codes/);
    });

    test("the step before a log-in keeps the email, the public computer and the page to return to", async ({
      page,
      user,
    }) => {
      const app = await addApp(user);
      await page.goto("/login?next=%2Factivity");
      await page.getByLabel("This is a public computer").check();
      await submitLogin(page, user);
      await expect(page).toHaveURL("/login/verify?next=%2Factivity");
      await expect(page.getByText(user.email)).toBeVisible();
      // On a public computer, nobody is asked whether to trust it.
      await expect(page.getByLabel("Don't ask again in this browser")).toBeHidden();

      await page.getByRole("link", { name: "Back to log-in" }).click();
      await expect(page).toHaveURL("/login?next=%2Factivity");
      await expect(page.getByLabel("Email")).toHaveValue(user.email);
      await expect(page.getByLabel("This is a public computer")).toBeChecked();
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");

      await submitLogin(page, user);
      await submitCode(page, await app.code());
      await expect(page).toHaveURL("/activity");
      expect(await sessionOf(page)).toMatchObject({ publicComputer: true });
    });
  });
}

// ASVS 5.0, 6.3.3 and 6.3.4: the second factor is asked for on every way in.
test("with the right password alone, nothing opens but the second step", async ({ page, user }) => {
  await addApp(user);
  await halfLogIn(page, user);
  expect(await sessionCookie(page)).toBeNull();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);

  const half = String((await loginCookie(page))?.value);
  for (const path of ["/api/session", "/api/sessions", "/api/notices", "/api/verify", "/api/events"]) {
    // Under its own name, and under that of a session.
    for (const name of [loginCookieName(), cookieName()]) {
      const answer = await fetch(process.env.APP_URL + path, { headers: { Cookie: `${name}=${half}` } });
      expect(answer.status, `${path} ${name}`).toBe(401);
      await answer.body?.cancel();
    }
  }
  for (const path of ["/dashboard", "/account/security", "/account/security/totp", "/confirm", "/admin"]) {
    await page.goto(path);
    await expect(page).toHaveURL(/\/login\?next=/);
  }
});

// ASVS 5.0, 6.5.1: a code of an app and a recovery code work once.
test("a factor that is added while the password is checked counts for that log-in", async ({ user }) => {
  const account = accountSubject(user.email);
  await permitTry([account]);
  let answer: ReturnType<typeof postLogin> | null = null;
  // The attempt is counted after the account was read, and before the password is hashed: here it waits.
  await transaction(async (tx) => {
    await tx.$executeRaw`SELECT FROM throttles WHERE key = ${keyOf(account)} FOR UPDATE`;
    answer = postLogin([
      ["email", user.email],
      ["password", user.password],
    ]);
    const waiting = () => db().$queryRaw<unknown[]>`
      SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%throttles%'`;
    await expect.poll(async () => (await waiting()).length, { intervals: [20] }).toBeGreaterThan(0);
    await addApp(user);
  });
  expect(await answer).toMatchObject({ status: 200, isIn: false });
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
});

test("a code is worth something once, also in two tabs at once", async ({ page, user }) => {
  const app = await addApp(user);
  await halfLogIn(page, user);
  const other = await page.context().newPage();
  await other.goto("/login/verify");
  const code = await app.code();
  await submitCode(page, code);
  await expect(page).toHaveURL("/dashboard");
  await submitCode(other, code);
  await expect(other.getByRole("heading", { name: "You're logged in" })).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);

  const elsewhere = await anotherBrowser(page);
  await halfLogIn(elsewhere, user);
  await submitCode(elsewhere, code);
  await expect(elsewhere.getByText("Wrong code, or it was used before.")).toBeVisible();
  await elsewhere.context().close();
});

test("the second step has ten minutes, and a changed password ends it at once", async ({ page, user }) => {
  const app = await addApp(user);
  await halfLogIn(page, user, "/sessions");
  await db().$executeRaw`
    UPDATE links SET expires_at = expires_at - interval '10 minutes' WHERE user_id = ${user.id}::uuid`;
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/login?too-late&next=%2Fsessions");
  await expect(
    page.getByText("This took too long, or your account has changed meanwhile. Log in again."),
  ).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);

  await halfLogIn(page, user);
  const passwordHash = await hashPassword("another horse battery staple");
  await db().user.update({ where: { id: user.id }, data: { passwordHash }, select: { id: true } });
  await submitCode(page, await app.code());
  await expect(page).toHaveURL(/\/login/);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
});

test("a trusted browser is not asked again, until its owner or a change of factors takes that back", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  await halfLogIn(page, user);
  await page.getByLabel("Don't ask again in this browser").check();
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/dashboard");

  const logOut = () => page.context().clearCookies({ name: cookieName() });
  const logInAgain = async () => {
    await logOut();
    await page.goto("/login");
    await submitLogin(page, user);
  };
  await logInAgain();
  await expect(page).toHaveURL("/dashboard");
  expect(await sessionOf(page)).toMatchObject({ level: 1, amr: ["pwd"] });
  // Elsewhere, the same account is asked.
  const other = await anotherBrowser(page);
  await halfLogIn(other, user);
  await other.context().close();

  await page.goto("/account/security");
  await expect(page.getByRole("button", { name: /^Ask again: / })).toBeVisible();
  await page.goto("/sessions");
  await page.getByRole("button", { name: /^Ask again: / }).click();
  await expect(page.getByRole("heading", { name: "Devices that aren't asked" })).toBeHidden();
  await logInAgain();
  await expect(page).toHaveURL("/login/verify");

  await page.getByLabel("Don't ask again in this browser").check();
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/dashboard");
  await page.goto("/account/security");
  await page.getByRole("button", { name: "Create codes" }).click();
  await expect(page.locator("[data-recovery-codes] li")).toHaveCount(10);
  await logInAgain();
  await expect(page).toHaveURL("/login/verify");
});

// ASVS 5.0, 6.6.3: brute force of codes is limited.
test("parallel guesses at a code count, and a right one waits after five wrong ones", async ({ page, user }) => {
  const app = await addApp(user);
  await halfLogIn(page, user);
  const half = String((await loginCookie(page))?.value);
  const as = { Cookie: `${loginCookieName()}=${half}`, ...fromSomewhere() };
  const guess = (code: string) =>
    postAction({
      name: "verify",
      path: "/login/verify",
      fields: [["code", code]],
      base: String(process.env.APP_URL),
      as,
    });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => guess(String(100_000 + index))));
  // A busy machine answers some with a 503, without looking at the code.
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(5);
  expect((await db().totp.findUniqueOrThrow({ where: { userId: user.id } })).failures).toBeLessThanOrEqual(5);
  await expect.poll(async () => (await guess("000000")).status).toBe(429);

  await submitCode(page, await app.code());
  await expect(page.getByText("Too many attempts.")).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
});

// ASVS 5.0, 6.3.5: users hear of suspicious attempts, such as a right password without the second factor.
test("after five wrong codes in an hour the owner gets an email, and only one in that hour", async ({ page, user }) => {
  const app = await addApp(user);
  const guess = async (times: number) => {
    await db().throttle.deleteMany({ where: { key: `code:${user.id}` } });
    await halfLogIn(page, user);
    for (let n = 0; n < times; n++) {
      await submitCode(page, "000000");
      await expect(page.getByText("Wrong code, or it was used before.")).toBeVisible();
      await page.reload();
    }
  };
  const mails = async () => {
    await expect.poll(() => db().mail.count({ where: { recipient: user.email } })).toBe(0);
    return mailsTo(user.email, /Wrong codes after the right password/);
  };
  await guess(4);
  expect(await mails()).toHaveLength(0);
  await guess(1);
  const { text } = await mailTo(user.email, /Wrong codes after the right password/);
  expect(text).toContain("5 wrong codes within an hour");
  expect(text).toContain("/secure-account?token=");

  // Neither later ones nor the owner's own slips while confirming cause another email.
  await guess(5);
  await halfLogIn(page, user);
  await db().throttle.deleteMany({ where: { key: `code:${user.id}` } });
  await submitCode(page, await app.code());
  await expect(page).toHaveURL("/dashboard");
  expect(await mails()).toHaveLength(1);
});

test("after 100 wrong codes in a row the app's codes no longer work, and recovery codes do", async ({ page, user }) => {
  const app = await addApp(user);
  const [recovery = ""] = await addRecoveryCodes(user);
  await db().totp.update({ where: { userId: user.id }, data: { failures: 99 }, select: { userId: true } });
  await halfLogIn(page, user);
  await submitCode(page, "000000");
  await expect(page.getByText("your authenticator app has been locked")).toBeVisible();
  await mailTo(user.email, /Your authenticator app has been locked/);
  await submitCode(page, await app.code());
  await expect(page.getByText("your authenticator app has been locked")).toBeVisible();
  await submitCode(page, recovery);
  await expect(page).toHaveURL("/dashboard");
  await page.goto("/account/security");
  await expect(page.getByText("the codes of this app no longer work")).toBeVisible();
});

// ASVS 5.0, 6.3.7: users hear of changes of their factors.
test("a change of the second factor is a notice in the open pages of other devices, and in the ledger", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const other = await phone(page, user);
  await expect(other.getByText("New log-in from Chrome on Linux")).toBeVisible();
  await untilListening(other);
  await page.goto("/account/security/totp");
  await setUpApp(page, user);

  await expect(other.getByText("A second factor was changed from Chrome on Linux")).toBeVisible();
  await expect(page.getByText("Your authenticator app is set up.")).toBeVisible();
  await page.goto("/activity");
  await expect(page.getByText("Authenticator app added")).toBeVisible();
  expect((await other.request.get("/api/session")).status()).toBe(200);
  await other.context().close();
});

// ASVS 5.0, 7.5.1: factors change only after a fresh confirmation.
test("a sensitive action takes a code in place of the password, and removing the app ends the second step", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  await logInWithCode(page, user, app);
  await ageSessions({ userId: user.id }, { lapsed: 1000 });
  await page.goto("/account/security");
  await removeApp(page);
  const dialog = page.getByRole("dialog", { name: "Confirm that it's you" });
  await dialog.getByText("Use a code instead").click();
  await dialog.getByLabel("Code", { exact: true }).fill("000000");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(dialog.getByText("Wrong code")).toBeVisible();
  await dialog.getByLabel("Code", { exact: true }).fill(await app.code());
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("link", { name: "Set up an app" })).toBeVisible();
  await mailTo(user.email, /Your authenticator app has been removed/);

  await page.context().clearCookies();
  await page.goto("/login");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
});

test("a session without its second factor changes no factor before the user has entered a code", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  const its = { name: cookieName(), url: process.env.APP_URL as string };
  await page.context().addCookies([{ ...its, value: await newSession(user) }]);
  await page.goto("/account/security/totp");
  await expect(page).toHaveURL("/confirm?second-factor&next=%2Faccount%2Fsecurity%2Ftotp");
  await page.goto("/account/security");
  await removeApp(page);
  await expect(page).toHaveURL("/confirm?second-factor&next=%2Faccount%2Fsecurity");
  expect(await factorsOf(user.id)).toMatchObject({ totp: true });

  await page.getByLabel("Code", { exact: true }).fill(await app.code());
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL("/account/security");
  expect(await sessionOf(page)).toMatchObject({ level: 2 });
  await removeApp(page);
  await expect(page.getByRole("link", { name: "Set up an app" })).toBeVisible();
});

test("the security page says what follows from removing the app, and what a log-in needs", async ({ page, user }) => {
  await logInWithCode(page, user, await addApp(user));
  await page.goto("/account/security");
  await page.getByText("Remove the app…").click();
  await expect(page.getByText("Then your password alone logs you in. Recovery codes stop working, too.")).toBeVisible();
  await addKey(user, "Test");
  await page.reload();
  await expect(page.getByText("Every log-in needs the second step.")).toBeVisible();
  await page.getByText("Remove the app…").click();
  await expect(page.getByText("Then your passkeys are your second factor. Recovery codes still work.")).toBeVisible();

  await db().totp.deleteMany({ where: { userId: user.id } });
  await db().passkey.deleteMany({ where: { userId: user.id } });
  await page.reload();
  await expect(page.getByText("Your password alone logs you in, on every device.")).toBeVisible();
});

test("logging in again over an expired page asks for the code, and keeps what was typed", async ({ page, user }) => {
  const app = await addApp(user);
  await logInWithCode(page, user, app);
  await page.goto("/account");
  await untilListening(page);
  await page.getByLabel("Name").fill("Ada Lovelace");
  await ageSessions({ userId: user.id }, { created: 8 * 86_400_000, seen: 8 * 86_400_000 });
  await page.evaluate(() => window.dispatchEvent(new Event("online")));

  const dialog = page.getByRole("dialog", { name: "You've been logged out" });
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Log in again" }).click();
  await expect(dialog.getByLabel("Code", { exact: true })).toBeFocused();
  await dialog.getByLabel("Code", { exact: true }).fill(await app.code());
  await dialog.getByRole("button", { name: "Log in again" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel("Name")).toHaveValue("Ada Lovelace");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Name saved.")).toBeVisible();
  expect(await sessionOf(page)).toMatchObject({ level: 2 });
});

test("at the session limit, the second step comes before the choice, and before the refusal", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  const codes = await addRecoveryCodes(user);
  for (const AT_MAX_SESSIONS of ["choose", "refuse"]) {
    const server = await startServer({ MAX_SESSIONS: "1", AT_MAX_SESSIONS });
    const elsewhere = await anotherBrowser(page);
    await db().session.deleteMany({ where: { userId: user.id } });
    await halfLogIn(elsewhere, user, "", server.url);
    await submitCode(elsewhere, await app.code());
    await expect(elsewhere).toHaveURL(`${server.url}/dashboard`);

    await halfLogIn(page, user, "/sessions", server.url);
    await submitCode(page, "000000");
    await expect(page.getByText("Wrong code")).toBeVisible();
    await submitCode(page, AT_MAX_SESSIONS === "choose" ? await app.code() : String(codes[0]));
    if (AT_MAX_SESSIONS === "choose") {
      await page.getByRole("button", { name: "Log out that device and continue" }).click();
      await expect(page).toHaveURL(`${server.url}/sessions`);
      const answer = await page.request.get(`${server.url}/api/session`);
      expect((await answer.json()).session).toMatchObject({ level: 2 });
    } else {
      await expect(page.getByText("You've reached the maximum number of devices.")).toBeVisible();
      // A log-in that is refused uses up no recovery code.
      expect(await db().recoveryCode.count({ where: { userId: user.id } })).toBe(codes.length);
    }
    await page.goto("about:blank");
    await elsewhere.context().close();
    await server.stop();
  }
});

test("where a second factor is required, a user without one can do nothing else until it is set up", async ({
  page,
}) => {
  const user = await newUser();
  const server = await startServer({ SECOND_FACTOR: "required" });
  await page.goto(`${server.url}/login?next=%2Factivity`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/account/security?next=%2Factivity`);
  await expect(page.getByText("Your administrator requires a second factor.")).toBeVisible();

  for (const path of ["/dashboard", "/sessions", "/account", "/account/export"]) {
    await page.goto(server.url + path);
    await expect(page).toHaveURL(/\/account\/security(\?|$)/);
  }
  const as = await asSession(page, server.url);
  for (const path of ["/api/session", "/api/sessions", "/api/notices"])
    expect((await fetch(server.url + path, { headers: as })).status, path).toBe(403);
  const verified = await fetch(`${server.url}/api/verify`, { headers: as });
  expect([verified.status, verified.headers.get("location")]).toEqual([401, `${server.url}/account/security`]);
  const changed = await postAction({
    name: "changeName",
    path: "/account",
    fields: [["name", "Eve"]],
    base: server.url,
    as,
  });
  expect(changed.headers.get("x-action-redirect")).toMatch(/^\/account\/security/);
  expect((await db().user.findUniqueOrThrow({ where: { id: user.id } })).name).toBe("Ada");

  await page.goto(`${server.url}/account/security?next=%2Factivity`);
  await page.getByRole("link", { name: "Set up an app" }).click();
  await setUpApp(page, user);
  await page.getByRole("link", { name: "I've kept the codes" }).click();
  await expect(page).toHaveURL(`${server.url}/activity`);
  expect((await fetch(`${server.url}/api/verify`, { headers: await asSession(page, server.url) })).status).toBe(200);
  await page.goto("about:blank");
  await server.stop();
  await db().user.delete({ where: { id: user.id } });
});

test("where administrators need a second factor, users do not, and the setting logs nobody out", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  const session = await sessionCookie(page);
  const server = await startServer({ SECOND_FACTOR: "administrators" });
  const as = { Cookie: `${cookieName(server.url)}=${session?.value}` };
  expect((await fetch(`${server.url}/api/session`, { headers: as })).status).toBe(200);

  await db().user.update({ where: { id: user.id }, data: { role: "admin" }, select: { id: true } });
  const refused = await fetch(`${server.url}/api/session`, { headers: as });
  expect([refused.status, (await refused.json()).title]).toEqual([403, "Second factor required"]);
  const led = await fetch(`${server.url}/admin`, { headers: as, redirect: "manual" });
  expect([led.status, led.headers.get("location")]).toEqual([307, "/account/security?next=%2Fadmin"]);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
  await server.stop();
});

test("a rule of an application can demand a second factor: the user is asked for it, and comes back", async ({
  page,
  user,
}) => {
  const app = await addApp(user);
  const server = await startServer({
    VERIFY_RULES: "wiki.example.com user; pay.example.com user level=2",
    ALLOWED_RETURN_HOSTS: "pay.example.com",
  });
  // Trusted, so that a password alone starts a session at level 1.
  await halfLogIn(page, user, "", server.url);
  await page.getByLabel("Don't ask again in this browser").check();
  await submitCode(page, await app.code());
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await page.context().clearCookies({ name: cookieName(server.url) });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);

  const ask = async (host: string) =>
    fetch(`${server.url}/api/verify`, {
      redirect: "manual",
      headers: {
        ...(await asSession(page, server.url)),
        ...{ "X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host },
        ...{ "X-Forwarded-Uri": "/wages?month=5", "X-Forwarded-For": "192.0.2.9" },
      },
    });
  expect((await ask("wiki.example.com")).status).toBe(200);
  const asked = await ask("pay.example.com");
  const back = encodeURIComponent("https://pay.example.com/wages?month=5");
  expect([asked.status, asked.headers.get("location")]).toEqual([
    401,
    `${server.url}/confirm?second-factor&next=${back}`,
  ]);

  await page.route("https://pay.example.com/**", (route) => route.fulfill({ body: "wages" }));
  await page.goto(String(asked.headers.get("location")));
  await page.getByLabel("Code", { exact: true }).fill(await app.code());
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL("https://pay.example.com/wages?month=5");
  expect((await ask("pay.example.com")).status).toBe(200);
  await page.goto("about:blank");
  await server.stop();
});

for (const [locale, words] of [
  ["en", { verify: "Second step", code: "Code", security: "Second factor", setUp: "Set up an authenticator app" }],
  ["ko", { verify: "2단계 인증", code: "인증 코드", security: "2단계 인증", setUp: "인증 앱 등록" }],
] as const) {
  test.describe(`in ${locale}`, () => {
    test.use({ locale });

    test("the pages of the second factor are in the reader's language, and fit 320 pixels", async ({ page, user }) => {
      const app = await addApp(user);
      await halfLogIn(page, user);
      await expectToFit(page, words.verify);
      await expect(page.locator("[name=code]")).toHaveAccessibleName(words.code);
      await page.locator("[name=code]").fill(await app.code());
      await page.keyboard.press("Enter");
      await expect(page).toHaveURL("/dashboard");
      await page.goto("/account/security");
      await expectToFit(page, words.security);
      await page.goto("/account/security/totp");
      await expectToFit(page, words.setUp);
    });
  });
}
