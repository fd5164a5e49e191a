import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import { faultsByAxe } from "@/e2e/support/axe";
import {
  expect,
  sendLogin,
  startManySessions,
  submitLogin,
  type TestUser,
  test,
  unfold,
  unfoldDeletion,
  untilListening,
} from "@/e2e/support/fixtures";
import {
  addApp,
  addKey,
  addRecoveryCodes,
  appWith,
  halfLoginCookie,
  linkTo,
  submitCode,
} from "@/e2e/support/second-factor";
import { db, transaction } from "@/lib/db";
import { DAY } from "@/lib/env";
import { startRecovery } from "@/lib/users/recoveries";
import { ageSessions } from "@/testing/sessions";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };

type State = {
  signedIn?: boolean;
  /** Logged in as an administrator. */
  isAdmin?: boolean;
  open: (page: Page, user: TestUser) => Promise<unknown>;
};

const states: Record<string, State> = {
  "the front page": { open: (page) => page.goto("/") },
  "the log-in page": { open: (page) => page.goto("/login") },
  "the log-in page with errors": {
    async open(page) {
      await page.goto("/login");
      await page.getByRole("button", { name: "Log in" }).click();
      await expect(page.getByText("Enter your password.")).toBeVisible();
    },
  },
  "the log-in page after a wrong password": {
    async open(page) {
      await page.goto("/login");
      await submitLogin(page, { email: "nobody@example.com", password: "wrong" });
      await expect(page.getByText("Wrong email or password")).toBeVisible();
    },
  },
  "the log-in page after logging out": {
    signedIn: true,
    async open(page) {
      await page.goto("/dashboard");
      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await expect(page.getByText("You've logged out.")).toBeVisible();
    },
  },
  "the log-in page when logged in": { signedIn: true, open: (page) => page.goto("/login") },
  "the sign-up page": { open: (page) => page.goto("/signup") },
  "the sign-up page with errors": {
    async open(page) {
      await page.goto("/signup");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByText("Enter your name.")).toBeVisible();
    },
  },
  "the sign-up page with a weak password": {
    async open(page) {
      await page.goto("/signup");
      await page.getByLabel("Password", { exact: true }).fill("passwordpassword");
      await expect(page.getByText("Too common")).toBeVisible();
    },
  },
  "the sign-up page after the email is sent": {
    async open(page) {
      await page.goto("/signup");
      await page.getByLabel("Name").fill("Ada");
      await page.getByLabel("Email").fill(`${randomUUID()}@example.com`);
      await page.getByLabel("Password", { exact: true }).fill("violet tuesday kettle mango");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByText(/we've emailed/i)).toBeVisible();
    },
  },
  "the forgotten-password page": { open: (page) => page.goto("/forgot-password") },
  "the page of an invalid link": { open: (page) => page.goto("/reset-password?token=spent") },
  "the log-in page after too many tries": {
    async open(page) {
      await page.goto("/login");
      for (let guess = 0; guess < 6; guess++) {
        await submitLogin(page, { email: "guessed@example.com", password: `guess ${guess}` });
        await expect(page.getByRole("button", { name: "Log in" })).toBeEnabled();
      }
      await expect(page.getByText("Too many attempts.")).toBeVisible();
    },
  },
  "the account page": { signedIn: true, open: (page) => page.goto("/account") },
  "the account page with an error": {
    signedIn: true,
    async open(page) {
      await page.goto("/account");
      await unfoldDeletion(page);
      await page.getByRole("button", { name: "Delete account" }).click();
      await expect(page.getByText("Enter your password.")).toBeVisible();
    },
  },
  "the sessions page": { signedIn: true, open: (page) => page.goto("/sessions") },
  "the sessions page with many sessions, one open and one selected": {
    signedIn: true,
    async open(page) {
      const { user } = await (await page.request.get("/api/session")).json();
      await startManySessions(user);
      await page.goto("/sessions");
      await unfold(page, "Device 1");
      await page.getByRole("checkbox", { name: "Select Device 2", exact: true }).check();
      await expect(page.getByRole("button", { name: "Log out 1 selected" })).toBeVisible();
    },
  },
  "the timeline with a bar that tells about itself, and its table": {
    signedIn: true,
    async open(page) {
      const { user } = await (await page.request.get("/api/session")).json();
      const line = { userId: user.id, sessionHandle: randomUUID() };
      await db().ledgerLine.createMany({
        data: [
          { ...line, event: "session_expired", reason: "idle" },
          { event: "authn_login_fail", userId: user.id },
        ],
      });
      await page.goto("/sessions/timeline");
      await page.getByText("Show as table").click();
      await expect(async () => {
        await page.getByRole("link", { name: /Still logged in/ }).focus();
        await expect(page.locator("[data-tooltip]")).toBeVisible({ timeout: 500 });
      }).toPass();
    },
  },
  "the page with a QR code for a phone": { signedIn: true, open: (page) => page.goto("/sessions/phone") },
  "the activity page": { signedIn: true, open: (page) => page.goto("/activity") },
  "the activity page with an open entry": {
    signedIn: true,
    async open(page) {
      await page.goto("/activity");
      await page.getByText("Logged in from a new device").click();
      await expect(page.getByText("authn_login_success")).toBeVisible();
    },
  },
  "the activity page with filters, right and wrong": {
    signedIn: true,
    open: async (page) => {
      await page.goto("/activity?search=logged&from=2026-02-30&address=everywhere&device=Chrome%2FLinux");
    },
  },
  "an empty activity page": { signedIn: true, open: (page) => page.goto("/activity?kind=failures") },
  "the page that asks to confirm the password": {
    signedIn: true,
    open: (page) => page.goto("/confirm?next=/sessions"),
  },
  "the commands dialog": {
    signedIn: true,
    async open(page) {
      await page.goto("/dashboard");
      await untilListening(page);
      await page.getByRole("button", { name: "Commands" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
  "the keyboard shortcuts": {
    signedIn: true,
    async open(page) {
      await page.goto("/dashboard");
      await untilListening(page);
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
  "a demonstration, and its end": {
    signedIn: true,
    async open(page) {
      await page.goto("/dashboard/how-it-works");
      await untilListening(page);
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByRole("button", { name: "Log out that session" }).click();
      await expect(page.getByText("401: the copy is refused.")).toBeVisible();
    },
  },
  "a page whose session has ended": {
    signedIn: true,
    async open(page) {
      await page.goto("/account");
      const { session } = await (await page.request.get("/api/session")).json();
      await ageSessions({ handle: session.handle }, { created: 8 * DAY, seen: 8 * DAY });
      await expect(async () => {
        await page.evaluate(() => new BroadcastChannel("latchkey-live").postMessage("ask"));
        await expect(page.getByRole("dialog", { name: "You've been logged out" })).toBeVisible({ timeout: 500 });
      }).toPass();
    },
  },
  "the administration page for a user who is not an administrator": {
    signedIn: true,
    open: (page) => page.goto("/admin"),
  },
  "the administrators' overview": { isAdmin: true, open: (page) => page.goto("/admin") },
  "the list of users": { isAdmin: true, open: (page) => page.goto("/admin/users") },
  "an empty list of users": {
    isAdmin: true,
    open: (page) => page.goto("/admin/users?search=nobody+at+all"),
  },
  "the page of a user": {
    isAdmin: true,
    async open(page) {
      const { user } = await (await page.request.get("/api/session")).json();
      await page.goto(`/admin/users/${user.id}`);
      await page.getByRole("button", { name: "Disable" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
      await expect(page.getByText("Enter a reason.")).toBeVisible();
    },
  },
  "the page for a new account": { isAdmin: true, open: (page) => page.goto("/admin/users/new") },
  "the page that asks before accounts are disabled": {
    isAdmin: true,
    open: (page) => page.goto(`/admin/users/disable?users=${randomUUID()}&users=${randomUUID()}`),
  },
  "the list of all sessions": { isAdmin: true, open: (page) => page.goto("/admin/sessions") },
  "the list of all sessions with errors": {
    isAdmin: true,
    open: (page) => page.goto("/admin/sessions?address=nowhere&before=then"),
  },
  "the ledger": { isAdmin: true, open: (page) => page.goto("/admin/activity") },
  "the ledger with errors": { isAdmin: true, open: (page) => page.goto("/admin/activity?address=nowhere&from=then") },
  "the ledger when several users match": {
    isAdmin: true,
    open: (page) => page.goto("/admin/activity?user=example.com"),
  },
  "the ledger with an open entry": {
    isAdmin: true,
    async open(page) {
      await page.goto("/admin/activity");
      await page.getByText("Logged in from a new device").first().click();
      await expect(page.getByRole("definition").first()).toBeVisible();
    },
  },
  "the second step, with a passkey and a wrong code": {
    async open(page, user) {
      await addApp(user);
      await addRecoveryCodes(user);
      await addKey(user, "Key");
      await transaction((tx) => startRecovery(tx, user, CLIENT));
      await page.context().addCookies([await halfLoginCookie(user)]);
      await page.goto("/login/verify");
      await submitCode(page, "000000");
      await expect(page.getByText("Wrong code, or it was used before.")).toBeVisible();
    },
  },
  "the page that asks for a recovery": {
    async open(page, user) {
      await addApp(user);
      await page.context().addCookies([await halfLoginCookie(user)]);
      await page.goto("/recover");
      await expect(page.getByRole("button", { name: "Email me a link" })).toBeVisible();
    },
  },
  "the page that stops a recovery, after a wrong code": {
    async open(page, user) {
      await page.goto("/recover?stop");
      await page.getByLabel("Email").fill(user.email);
      await page.getByLabel("Code").fill("000000");
      await page.getByRole("button", { name: "Stop the recovery" }).click();
      await expect(page.getByText("Nothing was stopped.")).toBeVisible();
    },
  },
  "the page that ends a recovery, after an empty password": {
    async open(page, user) {
      await page.goto(await linkTo("/recover", "finish-recovery", user));
      await page.getByRole("button", { name: "Remove and log in" }).click();
      await expect(page.getByText("Enter your password.")).toBeVisible();
    },
  },
  "the page of a link against an event, with new factors": {
    async open(page, user) {
      await addApp(user);
      await addRecoveryCodes(user);
      await addKey(user, "Key");
      await page.goto(await linkTo("/secure-account", "not-me", user));
      await expect(page.getByRole("checkbox")).toHaveCount(3);
    },
  },
  "the security page without a factor": { signedIn: true, open: (page) => page.goto("/account/security") },
  "the security page with every factor, and a recovery under way": {
    signedIn: true,
    async open(page, user) {
      await addApp(user);
      await addRecoveryCodes(user);
      await addKey(user, "Key");
      await addKey(user, "Another key with a long name");
      await transaction((tx) => startRecovery(tx, user, CLIENT));
      await page.goto("/account/security");
      await page.getByText("Remove the app…").click();
    },
  },
  "the page that sets up an app, after a wrong code": {
    signedIn: true,
    async open(page) {
      await page.goto("/account/security/totp");
      await page.getByLabel("Code", { exact: true }).fill("000000");
      await page.getByRole("button", { name: "Finish" }).click();
      await expect(page.getByText("Wrong code. Check the time of your phone")).toBeVisible();
    },
  },
  "new recovery codes": {
    signedIn: true,
    async open(page, user) {
      await page.goto("/account/security/totp");
      const secret = String(await page.locator("[data-totp-secret]").textContent()).trim();
      await page.getByLabel("Code", { exact: true }).fill(await appWith(secret, user).code());
      await page.getByRole("button", { name: "Finish" }).click();
      await expect(page.locator("[data-recovery-codes] li")).toHaveCount(10);
    },
  },
  "the page that asks a session for the second factor": {
    signedIn: true,
    async open(page, user) {
      await addApp(user);
      await addRecoveryCodes(user);
      await addKey(user, "Key");
      await page.goto("/confirm?second-factor&next=/sessions");
      await expect(page.getByLabel("Code", { exact: true })).toBeVisible();
    },
  },
  "the outbox": { open: (page) => page.goto("/outbox") },
  "the log-out page": { signedIn: true, open: (page) => page.goto("/logout") },
  "the log-out page when logged out": { open: (page) => page.goto("/logout") },
  "the dashboard": { signedIn: true, open: (page) => page.goto("/dashboard") },
  "the dashboard with questions, some of them folded, and the account menu": {
    signedIn: true,
    async open(page) {
      const { user } = await (await page.request.get("/api/session")).json();
      const line = { event: "authn_login_success", reason: "new-browser", userId: user.id, byUserId: user.id };
      await db().ledgerLine.createMany({ data: [{ event: "authn_login_fail", userId: user.id }, line, line, line] });
      await page.goto("/dashboard");
      await page.getByText("1 more").click();
      await expect(page.getByRole("button", { name: /^No, secure my account/ })).toHaveCount(4);
      await page.getByRole("button", { name: /^Account menu of/ }).click();
      await expect(page.getByRole("navigation", { name: "Your account" })).toBeVisible();
    },
  },
  "the page on how a session works": { signedIn: true, open: (page) => page.goto("/dashboard/how-it-works") },
  "a page that does not exist": { signedIn: true, open: (page) => page.goto("/nothing") },
};

/** The axe rules about colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

async function enter({ signedIn, isAdmin, open }: State, page: Page, user: TestUser) {
  if (isAdmin) await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
  if (signedIn || isAdmin) await sendLogin(page, user);
  await open(page, user);
}

for (const [name, state] of Object.entries(states)) {
  test(`${name} passes axe in light and dark, and needs no sideways scrolling at 320 pixels`, async ({
    page,
    user,
  }) => {
    await enter(state, page, user);

    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(() => document.getAnimations().length), "running animations").toBe(0);
      // Dark mode changes only colours.
      const faults = await faultsByAxe(page, colorScheme === "dark" ? COLOUR_RULES : undefined);
      expect(faults, colorScheme).toEqual([]);
    }

    await page.setViewportSize({ width: 320, height: 640 });
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(excess).toBe(0);
  });
}

test("a user can log in and out with the keyboard alone", async ({ page, user }) => {
  await page.goto("/login");
  await page.getByLabel("Email").focus();
  await page.keyboard.type(user.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(user.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/dashboard");

  await page.reload();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  const steps = ["mark", "dashboard", "devices", "activity", "account", "commands", "account menu", "log out"];
  for (const step of steps) await test.step(step, () => page.keyboard.press("Tab"));
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText("You've logged out.")).toBeVisible();
});
