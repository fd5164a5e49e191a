import type { Page } from "playwright/test";
import {
  type Authenticator,
  addAuthenticator,
  copyCredentials,
  credentialsOf,
  withoutAutofill,
} from "@/e2e/support/authenticator";
import { faultsByAxe } from "@/e2e/support/axe";
import {
  anotherBrowser,
  expect,
  mailTo,
  newUser,
  phone,
  sessionCookie,
  submitLogin,
  type TestUser,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import { db, transaction } from "@/lib/db";
import { DAY, MINUTE } from "@/lib/env";
import { seal, unseal } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
import { startRecovery } from "@/lib/users/recoveries";
import { startServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";

/** Logs in and adds a passkey. */
async function withPasskey(page: Page, logIn: (page: Page) => Promise<void>): Promise<Authenticator> {
  const authenticator = await addAuthenticator(page);
  await logIn(page);
  await addPasskey(page);
  return authenticator;
}

async function addPasskey(page: Page, base = ""): Promise<void> {
  await page.goto(`${base}/account/security`);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("The passkey has been added.")).toBeVisible();
}

/** Forgets the session, as if somebody came to this browser anew. */
async function forgetSession(page: Page): Promise<void> {
  // Else the guard of the page reports that its session has ended.
  await page.goto("about:blank");
  await page.context().clearCookies({ name: /^session-/ });
}

/** Forgets the session, and lets the button alone ask for a passkey. */
async function comeAnew(page: Page): Promise<void> {
  await forgetSession(page);
  await withoutAutofill(page);
}

/** The log-in page in another browser, which has copies of all passkeys, with another counter if given. */
async function copyInto(page: Page, authenticator: Authenticator, counter?: number): Promise<Page> {
  const other = await anotherBrowser(page);
  await withoutAutofill(other);
  await copyCredentials(authenticator, await addAuthenticator(other), counter);
  await other.goto("/login");
  return other;
}

async function eventsOf(user: TestUser): Promise<string[]> {
  const lines = await db().ledgerLine.findMany({
    where: { userId: user.id },
    select: { event: true, reason: true },
    orderBy: { id: "asc" },
  });
  return lines.map(({ event, reason }) => (reason ? `${event} ${reason}` : event));
}

const passkeyButton = (page: Page) => page.getByRole("button", { name: "Use a passkey" });

test("a user adds a passkey, which the page shows at once, and the owner gets an email", async ({
  page,
  user,
  logIn,
}) => {
  const authenticator = await addAuthenticator(page);
  await logIn(page);
  await page.goto("/account/security");
  await expect(page.getByText("You have no passkeys yet.")).toBeVisible();
  await addPasskey(page);

  const [credential] = await credentialsOf(authenticator);
  expect(credential).toMatchObject({ isResidentCredential: true, rpId: "localhost" });
  const row = page.getByRole("listitem").filter({ hasText: "On one device only" });
  await expect(row.getByRole("heading", { name: "Chrome on Linux" })).toBeVisible();
  await expect(row.getByText("Never")).toBeVisible();
  await expect(page.getByText("You have one passkey. Add a second one")).toBeVisible();

  expect(await eventsOf(user)).toContain("user_updated passkey-added");
  await mailTo(user.email, /A passkey has been added/);
});

test("a passkey is renamed and removed, and its owner gets an email", async ({ page, user, logIn }) => {
  await withPasskey(page, logIn);
  await page.getByRole("textbox", { name: /Name of the passkey/ }).fill("Work key");
  await page.getByRole("button", { name: /Rename the passkey/ }).click();
  await expect(page.getByRole("heading", { name: "Work key" })).toBeVisible();

  await page.getByRole("button", { name: "Remove the passkey Work key" }).click();
  await expect(page.getByText(/The passkey .*Work key.* has been removed/)).toBeVisible();
  await expect(page.getByText("You have no passkeys yet.")).toBeVisible();
  expect(await eventsOf(user)).toContain("user_updated passkey-removed");
  await mailTo(user.email, /A passkey has been removed/);
});

test("adding and removing a passkey asks for a fresh confirmation", async ({ page, user, logIn }) => {
  await withPasskey(page, logIn);
  await ageSessions({ userId: user.id }, { lapsed: MINUTE });
  await page.getByRole("button", { name: /Remove the passkey/ }).click();
  const dialog = page.getByRole("dialog", { name: "Confirm" });
  await expect(dialog).toBeVisible();
  expect(await db().passkey.count({ where: { userId: user.id } })).toBe(1);

  await expect(dialog.getByRole("button", { name: "Use a passkey" })).toBeVisible();
  // The passkey itself confirms it.
  await dialog.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByText("You have no passkeys yet.")).toBeVisible();

  await ageSessions({ userId: user.id }, { lapsed: MINUTE });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(dialog).toBeVisible();
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("The passkey has been added.")).toBeVisible();
});

test("a button logs in with a passkey, without an email or a password, and leads to the requested page", async ({
  page,
  user,
  logIn,
}) => {
  await withPasskey(page, logIn);
  await comeAnew(page);
  await page.goto("/sessions?page=2");
  await expect(passkeyButton(page)).toBeVisible();
  await passkeyButton(page).click();
  await expect(page).toHaveURL("/sessions?page=2");

  const { lastUsedAt } = await db().passkey.findFirstOrThrow({
    where: { userId: user.id },
    select: { lastUsedAt: true },
  });
  expect(lastUsedAt).not.toBeNull();
});

test("the autofill of the email field logs in with a passkey", async ({ page, logIn }) => {
  await withPasskey(page, logIn);
  await forgetSession(page);
  // A virtual authenticator chooses the passkey that the autofill offers at once.
  await page.goto("/login");
  await expect(page).toHaveURL("/dashboard");
});

test("the owner gets an email about a log-in by passkey in a new browser, and on a public computer it ends with the browser", async ({
  page,
  user,
  logIn,
}) => {
  const authenticator = await withPasskey(page, logIn);
  const other = await copyInto(page, authenticator);
  await other.getByLabel("This is a public computer").check();
  await passkeyButton(other).click();
  await expect(other).toHaveURL(/\/dashboard$/);

  expect((await sessionCookie(other))?.expires).toBe(-1);
  await expect.poll(() => eventsOf(user)).toContain("authn_login_success new-browser");
  await mailTo(user.email, /New log-in/);
  await other.context().close();
});

test("at the session limit, a log-in by passkey offers the choice, too", async ({ page, user }) => {
  const server = await startServer({ MAX_SESSIONS: "1", AT_MAX_SESSIONS: "choose" });
  try {
    await addAuthenticator(page);
    await page.goto(`${server.url}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(/\/dashboard$/);
    await addPasskey(page, server.url);

    await comeAnew(page);
    await page.goto(`${server.url}/login`);
    await passkeyButton(page).click();
    await page.getByRole("button", { name: "Log out that device and continue" }).click();
    await expect(page).toHaveURL(/\/dashboard$/);
    expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
  } finally {
    await page.goto("about:blank");
    await server.stop();
  }
});

// ASVS 5.0, 6.5.7: a fingerprint or a face only unlocks a passkey, and is no factor alone.
test("a passkey whose user does not pass the check logs nobody in", async ({ page, logIn }) => {
  const authenticator = await withPasskey(page, logIn);
  await comeAnew(page);
  await authenticator.cdp.send("WebAuthn.setUserVerified", {
    authenticatorId: authenticator.id,
    isUserVerified: false,
  });
  await page.goto("/login");
  await passkeyButton(page).click();
  await expect(page.getByText("No passkey was used.")).toBeVisible();
  expect(await sessionCookie(page)).toBeNull();
});

test("a response that was sent before logs nobody in", async ({ page, logIn }) => {
  await withPasskey(page, logIn);
  await comeAnew(page);
  await page.goto("/login");
  const sent = page.waitForRequest(
    (request) => request.method() === "POST" && (request.postData() ?? "").includes("authenticatorData"),
  );
  await passkeyButton(page).click();
  const request = await sent;
  await expect(page).toHaveURL("/dashboard");

  const again = await page.request.post("/login", {
    headers: {
      "Next-Action": String((await request.allHeaders())["next-action"]),
      "Content-Type": String((await request.allHeaders())["content-type"]),
      Origin: String(process.env.APP_URL),
    },
    data: request.postDataBuffer() ?? Buffer.alloc(0),
    maxRedirects: 0,
  });
  expect(again.status()).toBe(200);
  expect(await again.text()).toContain("This passkey wasn't accepted");
});

// ASVS 5.0, 6.5.6: a lost factor can be revoked.
test("a removed passkey is refused, and password managers hear that it no longer works", async ({
  page,
  user,
  logIn,
}) => {
  await withPasskey(page, logIn);
  await comeAnew(page);
  await page.addInitScript(() => {
    if (!isSecureContext) return;
    Object.assign(PublicKeyCredential, {
      signalUnknownCredential: async (about: object) => Object.assign(window, { toldOf: about }),
    });
  });
  await db().passkey.deleteMany({ where: { userId: user.id } });
  await page.goto("/login");
  await passkeyButton(page).click();
  await expect(page.getByText("This passkey no longer works here.")).toBeVisible();
  expect(await sessionCookie(page)).toBeNull();
  await expect
    .poll(() => page.evaluate(() => (window as { toldOf?: object }).toldOf))
    .toMatchObject({ rpId: "localhost", credentialId: expect.stringMatching(/^[\w-]+$/) });
});

test("a counter that goes back is refused, and the owner gets an email and a notice", async ({ page, user, logIn }) => {
  const authenticator = await withPasskey(page, logIn);
  await page.goto("/dashboard");
  await untilListening(page);
  await db().$executeRaw`UPDATE passkeys SET counter = 1000 WHERE user_id = ${user.id}::uuid`;

  const thief = await copyInto(page, authenticator, 3);
  await passkeyButton(thief).click();
  await expect(thief.getByText("This passkey wasn't accepted")).toBeVisible();
  expect(await sessionCookie(thief)).toBeNull();
  await thief.context().close();

  await expect(page.getByText(/it may have been copied/)).toBeVisible();
  expect(await eventsOf(user)).toContain("authn_login_fail passkey-copied");
  await mailTo(user.email, /may have been copied/);
});

test("while every factor of an account is in dispute, no passkey logs in without the password", async ({
  page,
  user,
  logIn,
}) => {
  await withPasskey(page, logIn);
  await comeAnew(page);
  await transaction((tx) =>
    startRecovery(tx, user, { userAgent: "Test", ipAddress: "192.0.2.7" }, { isDisputed: true }),
  );
  await page.goto("/login");
  await passkeyButton(page).click();
  await expect(page.getByText("This passkey can't log in alone")).toBeVisible();
  expect(await sessionCookie(page)).toBeNull();

  // With the password it takes the second step.
  await submitLogin(page, user);
  await expect(page).toHaveURL("/login/verify");
  await passkeyButton(page).click();
  await expect(page).toHaveURL("/dashboard");
});

test("a page of another origin gets no signature for this site", async ({ page, logIn }) => {
  const authenticator = await withPasskey(page, logIn);
  const evil = "https://evil.example/login";
  await page.route(evil, (route) => route.fulfill({ contentType: "text/html", body: "<title>Log in</title>" }));
  await page.goto(evil);
  const refused = await page.evaluate(() =>
    navigator.credentials
      .get({ publicKey: { challenge: new Uint8Array(32), rpId: "localhost", userVerification: "required" } })
      .then(() => "signed")
      .catch((error) => error.name),
  );
  expect(refused).toBe("SecurityError");
  expect(await credentialsOf(authenticator)).toHaveLength(1);
});

test("two open pages both show a passkey that one of them adds, and a device elsewhere shows a notice", async ({
  page,
  user,
  logIn,
}) => {
  await addAuthenticator(page);
  await logIn(page);
  const other = await phone(page, user);
  await untilListening(other);
  const tab = await page.context().newPage();
  await tab.goto("/account/security");
  await expect(tab.getByText("You have no passkeys yet.")).toBeVisible();
  await addPasskey(page);

  await expect(tab.getByRole("heading", { name: "Chrome on Linux" })).toBeVisible();
  await expect(other.getByText(/A second factor was changed from Chrome/)).toBeVisible();
  await other.context().close();
});

test("a device that has one of the user's passkeys makes no second one", async ({ page, user, logIn }) => {
  await withPasskey(page, logIn);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("This device already has a passkey for your account.")).toBeVisible();
  expect(await db().passkey.count({ where: { userId: user.id } })).toBe(1);
});

/** Lets the user's sessions end of themselves. */
const expire = ({ id: userId }: TestUser) => ageSessions({ userId }, { created: 30 * DAY, seen: 30 * DAY });

const askForSession = (page: Page) => page.evaluate(() => window.dispatchEvent(new Event("online")));

/** Lets the session end of itself, while a page is open. */
async function expireUnder(page: Page, user: TestUser): Promise<void> {
  await page.goto("/account/security");
  await untilListening(page);
  await expire(user);
  await askForSession(page);
  await expect(page.getByRole("dialog")).toBeVisible();
}

test("a page offers to log in again even if it checked its session while a new cookie was on its way", async ({
  page,
  user,
  logIn,
}) => {
  await withPasskey(page, logIn);
  await untilListening(page);
  const cookie = await sessionCookie(page);
  const token = (await unseal(cookie?.value)) ?? "";
  let renewed: string | null = null;
  let checks = 0;
  await page.route("**/api/session", async (route) => {
    if (renewed) checks++;
    if (checks === 2 && cookie) {
      // The response that renews the cookie arrives between the two checks, and the session expires.
      await page.context().addCookies([{ ...cookie, value: await seal(renewed ?? "") }]);
      await expire(user);
    }
    await route.continue();
  });
  renewed = await transaction((tx) => sessionStore().renew(tx, token));
  // After a 503, which a busy machine may give, the page keeps what it shows until it asks again.
  await expect(async () => {
    await askForSession(page);
    await expect(page.getByRole("dialog", { name: "You've been logged out" })).toBeVisible({ timeout: 3000 });
  }).toPass();
  await expect(page).toHaveURL("/account/security");
  expect(checks).toBeGreaterThan(1);
});

test("a page whose session expires while a passkey is being made asks to log in again", async ({
  page,
  user,
  logIn,
}) => {
  await addAuthenticator(page);
  await logIn(page);
  await page.goto("/account/security");
  await untilListening(page);
  // A user who looks for the device first.
  await page.evaluate(() => {
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = async (options) => {
      document.body.dataset.looksFor = "device";
      await new Promise((found) => addEventListener("found", found, { once: true }));
      return create(options);
    };
  });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.locator("body")).toHaveAttribute("data-looks-for", "device");
  await expire(user);
  await page.evaluate(() => dispatchEvent(new Event("found")));

  const dialog = page.getByRole("dialog", { name: "You've been logged out" });
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Log in again" }).click();
  await expect(dialog).toBeHidden();
  // The response was for the session that has ended.
  await expect(page.getByText("This passkey couldn't be added.")).toBeVisible();
  await expect(page).toHaveURL("/account/security");
});

test("over an expired page, the same user logs in again by passkey", async ({ page, user, logIn }) => {
  await withPasskey(page, logIn);
  await expireUnder(page, user);
  await page.getByRole("dialog").getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("heading", { name: "Chrome on Linux" })).toBeVisible();
  await expect(page).toHaveURL("/account/security");
});

test("over an expired page, another account's passkey logs nobody in", async ({ page, logIn }) => {
  await withPasskey(page, logIn);
  await comeAnew(page);
  const other = await newUser();
  await logIn(page, other);
  await expireUnder(page, other);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Use a passkey" }).click();
  await expect(dialog.getByText("This passkey belongs to another account.")).toBeVisible();
  expect((await page.request.get("/api/session")).status()).toBe(401);
  await page.goto("about:blank");
  await db().user.delete({ where: { id: other.id } });
});

test("the passkey page has names for a screen reader, and fits 320 px, in English and in Korean", async ({
  page,
  user,
  logIn,
}) => {
  await withPasskey(page, logIn);
  await page.setViewportSize({ width: 320, height: 640 });
  for (const [locale, title] of [
    ["en", "Passkeys"],
    ["ko", "패스키"],
  ] as const) {
    await db().user.update({ where: { id: user.id }, data: { locale }, select: { id: true } });
    await page.goto("/account/security");
    await expect(page.getByRole("heading", { name: title, exact: true, level: 2 })).toBeVisible();
    expect(await faultsByAxe(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  }
  await expect(page.getByRole("button", { name: /^패스키 삭제: / })).toBeVisible();
});

test("a browser without passkeys shows no button for them, and the password still works", async ({ page, user }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "PublicKeyCredential");
  });
  await page.goto("/login");
  await expect(passkeyButton(page)).toBeHidden();
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
});
