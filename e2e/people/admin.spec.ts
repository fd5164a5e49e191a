import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import {
  anotherBrowser,
  test as base,
  expect,
  mailTo,
  newSession,
  newUser,
  phone,
  sendLogin,
  submitLogin,
  type TestUser,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { changeRole } from "@/lib/users/administration";
import { ageSessions, createSession } from "@/testing/sessions";

const BY_THE_TEST = { userId: null, note: "for the test", userAgent: null, ipAddress: null };

const test = base.extend<{ admin: TestUser; asAdmin: Page }>({
  /** An administrator for this test alone. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  admin: async ({}, use) => {
    const admin = await newUser();
    await db().user.update({ where: { id: admin.id }, data: { role: "admin", name: "Grace" } });
    await use(admin);
    await db().user.delete({ where: { id: admin.id } });
  },

  /** A page, still empty, in a browser where the administrator is logged in. */
  asAdmin: async ({ page, admin }, use) => {
    await sendLogin(page, admin);
    await use(page);
  },
});

/** Presses a button that opens a dialog, enters the reason and confirms. */
async function actWithReason(page: Page, button: string, why: string): Promise<void> {
  await page.getByRole("main").getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(why);
  await dialog.getByRole("button", { name: button, exact: true }).click();
}

test("disabling an account logs out its open page and refuses its owner until it is enabled again", async ({
  asAdmin,
  admin,
  user,
}) => {
  const theirs = await phone(asAdmin, user);
  await asAdmin.goto(`/admin/users?search=${user.email}`);
  await asAdmin.getByRole("row").filter({ hasText: user.email }).getByRole("link").click();
  await actWithReason(asAdmin, "Disable", "Left the company");

  await expect(asAdmin.getByText("Account disabled and logged out everywhere.")).toBeVisible();
  await expect(theirs).toHaveURL(/\/login/);
  await expect(theirs.getByText("your account has been disabled")).toBeVisible();
  await submitLogin(theirs, user);
  await expect(theirs.getByText("Wrong email or password")).toBeVisible();
  await expect(asAdmin.getByText(/^Last log-in .*; no active session$/)).toBeVisible();

  await actWithReason(asAdmin, "Enable", "Came back");
  await expect(asAdmin.getByText("Account enabled.")).toBeVisible();
  await submitLogin(theirs, user);
  await expect(theirs).toHaveURL("/dashboard");

  // The user's activity shows the reason, but not the administrator's address.
  await theirs.goto("/activity");
  const line = theirs.getByRole("listitem").filter({ hasText: "Account disabled" });
  await expect(line).toContainText("“Left the company”");
  await expect(line).toContainText("by an administrator");
  await expect(line).not.toContainText("2001:db8");
  await line.getByText("Account disabled").click();
  await expect(line.getByRole("definition").filter({ hasText: "Left the company" })).toBeVisible();
  await expect(line.getByRole("term")).toHaveText(["Time", "Carried out", "Reason", "Event"]);
  // The ledger names the administrator.
  await asAdmin.goto(`/admin/activity?user=${user.id}`);
  const full = asAdmin.getByRole("listitem").filter({ hasText: "Account disabled" });
  await expect(full).toContainText(`by ${admin.email}`);
  await full.getByText("Account disabled").click();
  await expect(full.getByRole("definition").filter({ hasText: "user_updated" })).toBeVisible();
  await expect(full.getByRole("link", { name: user.email })).toHaveAttribute("href", `/admin/users/${user.id}`);
  await theirs.context().close();
});

test("an administrator's action asks for a password not entered recently, then continues by itself", async ({
  asAdmin,
  admin,
  user,
}) => {
  await asAdmin.goto(`/admin/users/${user.id}`);
  await ageSessions({ userId: admin.id }, { lapsed: 1000 });
  await actWithReason(asAdmin, "Make administrator", "She runs this now");

  const dialog = asAdmin.getByRole("dialog", { name: "Confirm that it's you" });
  await expect(dialog).toBeVisible();
  expect((await db().user.findUniqueOrThrow({ where: { id: user.id }, select: { role: true } })).role).toBe("user");
  await dialog.getByLabel("Password", { exact: true }).fill(admin.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();

  await expect(asAdmin.getByText("Administrator role added.")).toBeVisible();
  await expect(asAdmin.getByRole("button", { name: "Remove administrator role" })).toBeVisible();
});

test("an action without a reason is refused", async ({ asAdmin, user }) => {
  await asAdmin.goto(`/admin/users/${user.id}`);
  await actWithReason(asAdmin, "Disable", "");

  await expect(asAdmin.getByText("Enter a reason.")).toBeVisible();
  await expect(asAdmin.getByLabel("Reason")).toBeFocused();
  expect(await db().user.count({ where: { id: user.id, disabledAt: null } })).toBe(1);
});

test("a changed role applies at the next request of an open session, in both directions", async ({
  page,
  user,
  admin,
  logIn,
}) => {
  // Another administrator exists, or this user could not lose the role again.
  expect(admin.id).not.toBe(user.id);
  await logIn(page);
  expect((await page.request.get("/admin")).status()).toBe(403);

  await changeRole(user.id, "admin", BY_THE_TEST);
  expect((await page.request.get("/admin")).status()).toBe(200);

  await changeRole(user.id, "user", BY_THE_TEST);
  expect((await page.request.get("/admin")).status()).toBe(403);
});

test("the page that refuses a user who is not an administrator names the user and links to the dashboard", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page, user, "/admin/users");

  await expect(page.getByRole("heading", { name: "Administrators only" })).toBeVisible();
  await expect(page.getByText(user.email)).toBeVisible();
  await page.getByRole("link", { name: "Back to dashboard" }).click();
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
});

test("ending one session of a user leaves the others alone", async ({ asAdmin, user }) => {
  const [one, other] = [await phone(asAdmin, user), await phone(asAdmin, user)];
  const { session } = await (await one.request.get("/api/session")).json();
  await other.goto("about:blank");
  await asAdmin.goto(`/admin/users/${user.id}`);
  await expect(asAdmin.getByText("Open now"), "the page of one device").toHaveCount(1);
  await asAdmin.locator(`form:has([value="${session.handle}"]) button`).click();
  const dialog = asAdmin.getByRole("dialog", { name: `Log out Safari on iOS of ${user.email}` });
  await dialog.getByLabel("Reason").fill("A lost telephone");
  await dialog.getByRole("button", { name: "Log out" }).click();

  await expect(asAdmin.getByText(/Logged out 1 session\. (Its page|1 page) went blank after \d/)).toBeVisible();
  await expect(one.getByText("An administrator logged you out.")).toBeVisible();
  expect((await other.request.get("/api/session")).status()).toBe(200);
  await one.context().close();
  await other.context().close();
});

test("ending all sessions from an address range spares the administrator's own", async ({ asAdmin, user }) => {
  const theirs = await phone(asAdmin, user);
  await ageSessions({ userId: user.id }, { address: "198.18.7.9" });
  const mine = await (await asAdmin.request.get("/api/session")).json();
  await ageSessions({ handle: mine.session.handle }, { address: "198.18.7.10" });

  await asAdmin.goto("/admin/sessions");
  await asAdmin.getByLabel("IP address or range").fill("198.18.7.0/24");
  await asAdmin.getByRole("button", { name: "Apply" }).click();
  await expect(asAdmin.getByRole("heading", { name: "1 other session" })).toBeVisible();
  // Until the page's scripts run, the button leads to a page of its own instead of the dialog.
  await untilListening(asAdmin);
  await asAdmin.getByRole("button", { name: "Log out all 1" }).click();
  const dialog = asAdmin.getByRole("dialog", { name: `Log out 1 session of ${user.email}` });
  await dialog.getByLabel("Reason").fill("That network was broken into");
  await dialog.getByRole("button", { name: "Log out" }).click();

  await expect(asAdmin.getByText("Logged out 1 session.")).toBeVisible();
  await expect(theirs).toHaveURL(/\/login/);
  expect((await asAdmin.request.get("/api/session")).status()).toBe(200);
  await theirs.context().close();
});

test("ending sessions of several users needs their number typed, and Enter in a field ends none", async ({
  asAdmin,
  user,
}) => {
  const other = await newUser();
  for (const each of [user, other]) await newSession(each);
  const [network, elsewhere] = ["198.18.8.9", "198.18.8.10"];
  for (const { id: userId } of [user, other]) await ageSessions({ userId }, { address: network });
  const left = () => db().session.count({ where: { userId: { in: [user.id, other.id] } } });

  await asAdmin.goto("/admin/sessions?address=198.18.8.0/24");
  await asAdmin.getByRole("button", { name: "Log out all 2" }).click();
  const dialog = asAdmin.getByRole("dialog", { name: "Log out 2 sessions of 2 people" });
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  await asAdmin.keyboard.type("That network was broken into");
  await asAdmin.keyboard.press("Enter");
  await dialog.getByLabel("Type 2 to confirm").fill("3");
  await asAdmin.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Log out 2 sessions" }).click();
  await expect(dialog.getByText("Type the number shown above.")).toBeVisible();
  expect(await left()).toBe(2);

  // By the time of the confirmation there is one more session, which the administrator has not seen.
  await newSession(user);
  await ageSessions({ userId: user.id }, { address: elsewhere });
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByRole("button", { name: "Log out 2 sessions" }).click();
  const anew = asAdmin.getByRole("dialog", { name: "Log out 3 sessions of 2 people" });
  await expect(anew.getByText("There are more sessions now")).toBeVisible();
  await expect(anew.getByLabel("Type 3 to confirm")).toHaveValue("");
  await expect(anew.getByLabel("Reason")).toHaveValue("That network was broken into");
  expect(await left()).toBe(3);

  await anew.getByLabel("Type 3 to confirm").fill("3");
  await anew.getByRole("button", { name: "Log out 3 sessions" }).click();
  await expect(asAdmin.getByText("Logged out 3 sessions.")).toBeVisible();
  expect(await left()).toBe(0);

  // The next action starts without a reason.
  await newSession(other);
  await asAdmin.goto(`/admin/users/${other.id}`);
  await asAdmin.getByRole("button", { name: "Log out everywhere" }).click();
  await expect(asAdmin.getByRole("dialog", { name: `Log out 1 session of ${other.email}` })).toBeVisible();
  await expect(asAdmin.getByLabel("Reason")).toHaveValue("");
  await asAdmin.keyboard.press("Escape");
  await expect(asAdmin.getByRole("dialog")).toHaveCount(0);
  expect(await left()).toBe(1);
  await db().user.delete({ where: { id: other.id } });
});

test("invalid filters are reported, and offer no sessions to end", async ({ asAdmin }) => {
  await asAdmin.goto("/admin/sessions?user=nobody@example.org&address=300.1.1.1&before=soon");

  await expect(asAdmin.getByText("No account found.")).toBeVisible();
  await expect(asAdmin.getByText("Enter an IP address or a range")).toBeVisible();
  await expect(asAdmin.getByText("Enter a date and time")).toBeVisible();
  await expect(asAdmin.getByRole("button", { name: /Log out all/ })).toHaveCount(0);
});

test("the owner of a new account gets an email, chooses a password and logs in", async ({ asAdmin }) => {
  const email = `${randomUUID()}@example.com`;
  await asAdmin.goto("/admin/users/new");
  await asAdmin.getByRole("button", { name: "Create user" }).click();
  for (const error of ["Enter an email address", "Enter your name.", "Enter a reason."])
    await expect(asAdmin.getByText(error)).toBeVisible();

  await asAdmin.getByLabel("Email").fill(email);
  await asAdmin.getByLabel("Name", { exact: true }).fill("Barbara");
  await asAdmin.getByLabel("Reason").fill("Starts on Monday");
  await asAdmin.getByRole("button", { name: "Create user" }).click();
  await expect(asAdmin.getByText("User created")).toBeVisible();

  const { link, text } = await mailTo(email, /You have an account/);
  expect(text).toContain("3 days");
  const theirs = await anotherBrowser(asAdmin);
  await theirs.goto(link);
  const password = "violet tuesday kettle mango";
  await theirs.getByLabel("New password").fill(password);
  await theirs.getByRole("button", { name: "Change password" }).click();
  await expect(theirs).toHaveURL(/\/login/);
  await submitLogin(theirs, { email, password });
  await expect(theirs.getByRole("heading", { name: "Hello, Barbara" })).toBeVisible();
  await theirs.context().close();
  await db().user.delete({ where: { email } });
});

// ASVS 5.0, 6.4.6: administrators start a reset, and never choose the password.
test("a reset email sent by an administrator says so", async ({ asAdmin, user }) => {
  await asAdmin.goto(`/admin/users/${user.id}`);
  await actWithReason(asAdmin, "Send password reset", "Asked on the telephone");

  await expect(asAdmin.getByText("We've emailed a link to choose a new password.")).toBeVisible();
  expect((await mailTo(user.email, /Choose a new password/)).text).toContain("An administrator has asked you");
});

test("users are in a table that is sorted by its heads, page by page, forth and back", async ({ asAdmin }) => {
  const mark = randomUUID().slice(0, 8);
  await db().user.createMany({
    data: Array.from({ length: 30 }, (_, index) => ({
      email: `${randomUUID()}@example.com`,
      name: `${mark} ${String(index).padStart(2, "0")}`,
      passwordHash: "none",
    })),
  });
  const names = (page: Page) => page.getByRole("rowheader").allInnerTexts();

  await asAdmin.goto(`/admin/users?search=${mark}&size=25`);
  await expect(asAdmin.getByText("1–25 of 30")).toBeVisible();
  await asAdmin.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
  await expect(asAdmin.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
  await expect.poll(async () => (await names(asAdmin))[0]).toBe(`${mark} 00`);
  await asAdmin.getByRole("link", { name: "Next page" }).click();
  await expect(asAdmin.getByText("26–30 of 30")).toBeVisible();
  expect(await names(asAdmin)).toEqual([25, 26, 27, 28, 29].map((index) => `${mark} ${index}`));
  await asAdmin.getByRole("link", { name: "Previous page" }).click();
  await expect(asAdmin.getByText("1–25 of 30")).toBeVisible();
  expect((await names(asAdmin)).map((name) => Number(name.slice(-2)))).toEqual(Array.from({ length: 25 }, (_, n) => n));
  await expect(asAdmin.getByRole("link", { name: "Previous page" })).toHaveCount(0);

  await asAdmin.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
  await expect(asAdmin.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "descending");
  await expect.poll(async () => (await names(asAdmin))[0]).toBe(`${mark} 29`);
  await asAdmin.getByRole("link", { name: "100" }).click();
  await expect(asAdmin.getByText("1–30 of 30")).toBeVisible();
  expect((await names(asAdmin)).at(-1)).toBe(`${mark} 00`);
  await db().user.deleteMany({ where: { name: { startsWith: mark } } });
});

test("a long name breaks no other word in the table of users, at any width, and a long address leaves the header one row", async ({
  asAdmin,
  user,
}) => {
  const email = `${user.id.slice(-5)}@a.example`;
  await db().user.update({ where: { id: user.id }, data: { name: "Maximiliana".repeat(9), role: "admin", email } });
  await asAdmin.goto("/dashboard");
  expect((await asAdmin.getByRole("banner").boundingBox())?.height).toBeLessThan(64);
  for (const width of [1280, 768, 320]) {
    await asAdmin.setViewportSize({ width, height: 900 });
    await asAdmin.goto(`/admin/users?search=${email}`);
    const row = asAdmin.getByRole("row").filter({ hasText: email });
    for (const text of ["Administrator", "No active session", "just now", email]) {
      const shown = row.getByText(text, { exact: true }).last();
      const lines = await shown.evaluate((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(({ top }) => top)).size;
      });
      expect(lines, `${text} at ${width} pixels`).toBeLessThanOrEqual(text.split(" ").length);
    }
  }
});

test("pages of all sessions lead forth and back, in both orders", async ({ asAdmin, user }) => {
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id, ip_address, created_at)
    SELECT sha256(random()::text::bytea), gen_random_uuid(), sha256(random()::text::bytea), ${user.id}::uuid, ('203.0.113.' || n)::inet,
           now() - make_interval(mins => n)
      FROM generate_series(1, 60) AS n`;
  const addresses = async () =>
    (await asAdmin.getByRole("row").filter({ hasText: user.email }).allInnerTexts()).map((text) =>
      Number(/203\.0\.113\.(\d+)/.exec(text)?.[1]),
    );
  const numbers = (first: number, last: number) =>
    Array.from({ length: Math.abs(last - first) + 1 }, (_, n) => first + Math.sign(last - first) * n);

  for (const [sort, at] of [
    ["", (n: number) => n],
    ["&sort=oldest", (n: number) => 61 - n],
  ] as const) {
    await asAdmin.goto(`/admin/sessions?user=${user.email}&size=25${sort}`);
    for (const range of ["26–50", "51–60"]) {
      await asAdmin.getByRole("link", { name: "Next page" }).click();
      await expect(asAdmin.getByText(`${range} of 60`)).toBeVisible();
    }
    for (const [first, last] of [
      [26, 50],
      [1, 25],
    ] as const) {
      await asAdmin.getByRole("link", { name: "Previous page" }).click();
      await expect(asAdmin.getByText(`${first}–${last} of 60`)).toBeVisible();
      expect(await addresses()).toEqual(numbers(at(first), at(last)));
    }
  }
});

test("all sessions are in a table, which turns round by the head of its log-ins", async ({ asAdmin, user }) => {
  for (const hours of [3, 2, 1]) {
    const token = await createSession(user, {
      userAgent: "Test",
      ipAddress: null,
      publicComputer: false,
      previousToken: null,
    });
    await ageSessions({ token }, { created: hours * HOUR });
  }
  const cells = () =>
    asAdmin
      .getByRole("row")
      .filter({ hasText: user.email })
      .getByText(/hours? ago/)
      .allInnerTexts();

  await asAdmin.goto(`/admin/sessions?user=${user.email}`);
  expect(await cells()).toEqual(["1 hour ago", "2 hours ago", "3 hours ago"]);
  await asAdmin.getByRole("columnheader", { name: "Logged in" }).getByRole("link").click();
  await expect(asAdmin.getByRole("columnheader", { name: "Logged in" })).toHaveAttribute("aria-sort", "ascending");
  expect(await cells()).toEqual(["3 hours ago", "2 hours ago", "1 hour ago"]);
  await expect(asAdmin.getByText("1–3 of 3")).toBeVisible();
});

test("the ledger can be shown whole, filtered by kind, and exported", async ({ asAdmin, admin, user }) => {
  await phone(asAdmin, user).then((page) => page.context().close());
  await asAdmin.goto("/admin/activity?kind=sign-ins");
  await expect(asAdmin.getByRole("listitem").filter({ hasText: admin.email }).first()).toBeVisible();
  await expect(asAdmin.getByRole("listitem").filter({ hasText: user.email }).first()).toBeVisible();

  const csv = await (await asAdmin.request.get(`/admin/activity/export?user=${user.id}`)).text();
  expect(csv.split("\r\n")[0]).toBe("\ufeffat,user,what,byUser,by,note,browser,system,address,event");
  expect(csv).toContain(user.email);
  expect(csv).toContain(`${user.email},the user,`);
  expect(csv).not.toContain(admin.email);
  const json = await (await asAdmin.request.get("/admin/activity/export?kind=sign-ins&format=json")).json();
  expect(json.map(({ user }: { user: string }) => user)).toEqual(expect.arrayContaining([user.email, admin.email]));
});

test.describe("in another time zone", () => {
  test.use({ timezoneId: "Asia/Seoul" });

  // The first page of a browser stores its zone.
  test.beforeEach(async ({ asAdmin }) => {
    await asAdmin.goto("/dashboard");
    await untilListening(asAdmin);
  });

  test("the ledger is searched by a part of a name, by the beginning of an address, and by days of the reader's zone", async ({
    asAdmin,
    user,
  }) => {
    const mark = randomUUID().slice(0, 13);
    const other = await newUser();
    // Recent ones, because sweeps shorten old addresses.
    const dayAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10);
    const [before, day, after] = [dayAgo(11), dayAgo(10), dayAgo(9)];
    await db().user.update({ where: { id: user.id }, data: { name: `Ada ${mark}` } });
    await db().user.update({ where: { id: other.id }, data: { name: `Eve ${mark}` } });
    await db().$executeRaw`
    INSERT INTO ledger (event, user_id, ip_address, at)
    VALUES ('authn_login_fail', ${user.id}::uuid, '198.18.60.7', ${`${before} 15:30Z`}::timestamptz),
           ('authn_login_fail', ${other.id}::uuid, '198.18.60.8', ${`${day} 14:30Z`}::timestamptz)`;
    const entries = asAdmin.getByRole("main").getByRole("listitem").filter({ hasText: "198.18.60." });

    await asAdmin.goto("/admin/activity");
    await asAdmin.getByLabel("IP address or range").fill("198.18.60.");
    await asAdmin.getByLabel("From (Asia/Seoul)").fill(day);
    await asAdmin.getByLabel("To (Asia/Seoul)").fill(day);
    await asAdmin.getByRole("button", { name: "Apply" }).click();
    await expect(entries).toHaveCount(2);
    await expect(asAdmin.getByLabel("From (Asia/Seoul)")).toHaveValue(day);
    await asAdmin.goto(`/admin/activity?address=198.18.60.&from=${after}`);
    await expect(asAdmin.getByText("No matching activity.")).toBeVisible();

    await asAdmin.getByLabel("User", { exact: true }).fill(mark);
    await asAdmin.getByLabel("From (Asia/Seoul)").fill("");
    await asAdmin.getByRole("button", { name: "Apply" }).click();
    await expect(asAdmin.getByRole("heading", { name: "Several users match" })).toBeVisible();
    await asAdmin.getByRole("link", { name: `Eve ${mark}` }).click();
    await expect(entries).toHaveCount(1);
    await expect(entries).toContainText("198.18.60.8");
    await expect(asAdmin.getByRole("navigation", { name: "Breadcrumbs" })).toContainText(other.email);
    await expect(asAdmin.getByLabel("User", { exact: true })).toHaveValue(other.email);
    const file = await asAdmin.request.get(
      String(await asAdmin.getByRole("link", { name: "CSV" }).getAttribute("href")),
    );
    expect((await file.text()).trim().split("\r\n")).toHaveLength(2);

    await asAdmin.goto("/admin/activity?address=nowhere&to=soon&user=nobody@example.org");
    for (const error of ["Enter an IP address or a range", "Enter a date", "No account found."])
      await expect(asAdmin.getByText(error)).toBeVisible();
    expect((await asAdmin.request.get("/admin/activity/export?address=nowhere")).status()).toBe(400);
    await db().user.delete({ where: { id: other.id } });
  });

  test("the time in the filter of the sessions is that of the reader's zone, as its label says", async ({
    asAdmin,
    user,
  }) => {
    await newSession(user);
    await ageSessions({ userId: user.id }, { created: 5 * MINUTE });
    // Seoul is nine hours ahead of UTC all the year round.
    const inSeoul = (minutesAgo: number) =>
      new Date(Date.now() + 9 * HOUR - minutesAgo * MINUTE).toISOString().slice(0, 16);

    await asAdmin.goto(`/admin/sessions?user=${user.email}`);
    await asAdmin.getByLabel("Logged in before (Asia/Seoul)").fill(inSeoul(20));
    await asAdmin.getByRole("button", { name: "Apply" }).click();
    await expect(asAdmin.getByRole("heading", { name: "0 other sessions" })).toBeVisible();
    await asAdmin.getByLabel("Logged in before (Asia/Seoul)").fill(inSeoul(0));
    await asAdmin.getByRole("button", { name: "Apply" }).click();
    await expect(asAdmin.getByRole("heading", { name: "1 other session" })).toBeVisible();
  });
});

test("the overview shows counts and charts", async ({ asAdmin }) => {
  await asAdmin.goto("/admin");
  for (const name of ["Online now", "Active sessions", "Users", "Administrators", "Disabled"])
    await expect(asAdmin.getByRole("term").filter({ hasText: name })).toBeVisible();

  await expect(asAdmin.getByText(/[1-9]\d* log-ins?/)).toBeVisible();
  await expect(asAdmin.getByText(/\d+ blocked/)).toBeVisible();
  await expect(asAdmin.getByRole("definition").first()).toHaveText(/^[1-9]/);
});

test("the overview leads from the address with most failed log-ins to its failures in the ledger", async ({
  asAdmin,
  user,
}) => {
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, ip_address)
    SELECT 'authn_login_fail', ${user.id}::uuid, '198.18.61.1' FROM generate_series(1, 3000)`;

  await asAdmin.goto("/admin");
  const row = asAdmin.getByRole("table", { name: "Addresses with most failed log-ins" }).getByRole("row").nth(1);
  await expect(row).toContainText(/198\.18\.61\.1.*3,000.*1/);
  await row.getByRole("link").click();
  await expect(asAdmin.getByLabel("IP address or range")).toHaveValue("198.18.61.1");
  await expect(asAdmin.getByRole("listitem").filter({ hasText: "198.18.61.1" }).first()).toBeVisible();
});

test("the listed users and sessions are exported, with the same filter and without secrets", async ({
  asAdmin,
  user,
}) => {
  await newSession(user);
  const read = async (name: string) => {
    const href = String(await asAdmin.getByRole("link", { name }).getAttribute("href"));
    return asAdmin.request.get(href);
  };

  await asAdmin.goto(`/admin/users?search=${user.email}`);
  const users = (await (await read("CSV")).text()).split("\r\n");
  expect(users[0]).toBe("\ufeffid,email,name,role,createdAt,disabledAt,sessions,lastSeenAt");
  expect(users).toEqual([users[0], users[1], ""]);
  expect(users[1]).toContain(`${user.id},${user.email},`);
  expect((await (await read("JSON")).json())[0]).toMatchObject({ id: user.id, role: "user", sessions: 1 });

  await asAdmin.goto(`/admin/sessions?user=${user.email}`);
  const sessions = await (await read("JSON")).json();
  expect(sessions).toHaveLength(1);
  expect(Object.keys(sessions[0])).toEqual([
    ...["handle", "email", "browser", "system", "firstAddress", "lastAddress", "since", "lastSeen"],
  ]);
  expect((await asAdmin.request.get("/admin/sessions/export?address=nowhere")).status()).toBe(400);
});

test("selected sessions are logged out together, and none selected is said", async ({ asAdmin, user }) => {
  const other = await newUser();
  for (const each of [user, user, other]) await newSession(each);
  for (const { id: userId } of [user, other]) await ageSessions({ userId }, { address: "198.18.62.9" });
  const left = (whose: { id: string }) => db().session.count({ where: { userId: whose.id } });

  await asAdmin.goto("/admin/sessions?address=198.18.62.9");
  await untilListening(asAdmin);
  await asAdmin.getByRole("button", { name: "Log out selected" }).click();
  await expect(asAdmin.getByText("Select at least one row first.")).toBeVisible();
  await expect(asAdmin.getByRole("dialog")).toHaveCount(0);
  await asAdmin.getByRole("row").filter({ hasText: user.email }).first().getByRole("checkbox").check();
  await asAdmin.getByRole("row").filter({ hasText: other.email }).getByRole("checkbox").check();
  await asAdmin.getByRole("button", { name: "Log out selected" }).click();
  const dialog = asAdmin.getByRole("dialog", { name: "Log out 2 sessions of 2 people" });
  await dialog.getByLabel("Reason").fill("Lost telephones");
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByRole("button", { name: "Log out 2 sessions" }).click();
  await expect(asAdmin.getByText("Logged out 2 sessions.")).toBeVisible();
  expect([await left(user), await left(other)]).toEqual([1, 0]);
  const line = { userId: other.id, event: "session_expired" };
  expect(await db().ledgerLine.findFirst({ where: line, select: { reason: true, note: true } })).toEqual({
    reason: "by-admin",
    note: "Lost telephones",
  });

  await asAdmin.getByRole("checkbox", { name: "Select all" }).check();
  await asAdmin.getByRole("button", { name: "Log out selected" }).click();
  await expect(asAdmin.getByRole("dialog", { name: /^Log out .* of / })).toBeVisible();
  await db().user.delete({ where: { id: other.id } });
});

test("selected accounts are disabled together, after their number is typed; one's own cannot be selected", async ({
  asAdmin,
  admin,
}) => {
  const mark = randomUUID().slice(0, 13);
  const people = [await newUser(), await newUser(), await newUser()];
  const ids = people.map(({ id }) => id);
  await db().user.updateMany({ where: { id: { in: [...ids, admin.id] } }, data: { name: `Ada ${mark}` } });
  const disabled = () => db().user.count({ where: { id: { in: ids }, disabledAt: { not: null } } });

  await asAdmin.goto(`/admin/users?search=${mark}`);
  await untilListening(asAdmin);
  await expect(asAdmin.getByRole("row").filter({ hasText: admin.email }).getByRole("checkbox")).toHaveCount(0);
  await asAdmin.getByRole("button", { name: "Disable selected" }).click();
  await expect(asAdmin.getByText("Select at least one row first.")).toBeVisible();
  await asAdmin.getByRole("checkbox", { name: "Select all" }).check();
  await asAdmin.getByRole("checkbox", { name: String(people[0]?.email) }).uncheck();
  await asAdmin.getByRole("button", { name: "Disable selected" }).click();
  const dialog = asAdmin.getByRole("dialog", { name: "Disable 2 accounts" });
  await dialog.getByLabel("Reason").fill("Left the company");
  await dialog.getByLabel("Type 2 to confirm").fill("3");
  await dialog.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(dialog.getByText("Type the number shown above.")).toBeVisible();
  expect(await disabled()).toBe(0);
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByRole("button", { name: "Disable", exact: true }).click();
  await expect(asAdmin.getByText("2 accounts disabled and logged out everywhere.")).toBeVisible();
  expect(await disabled()).toBe(2);
  await expect(asAdmin.getByRole("cell", { name: "Disabled" })).toHaveCount(2);
  await db().user.deleteMany({ where: { id: { in: ids } } });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a page asks before selected accounts are disabled, or selected sessions end", async ({ asAdmin, user }) => {
    for (const _ of [1, 2]) await newSession(user);
    await asAdmin.goto(`/admin/sessions?user=${user.email}`);
    await expect(asAdmin.getByRole("checkbox", { name: "Select all" })).toHaveCount(0);
    for (const box of await asAdmin.getByRole("checkbox").all()) await box.check();
    await asAdmin.getByRole("button", { name: "Log out selected" }).click();
    await expect(asAdmin.getByRole("heading", { name: `Log out 2 sessions of ${user.email}` })).toBeVisible();
    await asAdmin.getByLabel("Reason").fill("Lost telephones");
    await asAdmin.getByRole("button", { name: "Log out 2 sessions" }).click();
    await expect(asAdmin.getByText("Logged out 2 sessions.")).toBeVisible();

    await asAdmin.goto(`/admin/users?search=${user.email}`);
    await asAdmin.getByRole("button", { name: "Disable selected" }).click();
    await expect(asAdmin.getByText("Select at least one row first.")).toBeVisible();
    await asAdmin.goto(`/admin/users?search=${user.email}`);
    await asAdmin.getByRole("checkbox", { name: user.email }).check();
    await asAdmin.getByRole("button", { name: "Disable selected" }).click();
    await asAdmin.getByLabel("Reason").fill("Left the company");
    await asAdmin.getByRole("button", { name: "Disable", exact: true }).click();
    await expect(asAdmin.getByText("1 account disabled and logged out everywhere.")).toBeVisible();
  });

  test("an action with a reason works, and the page confirms it", async ({ asAdmin, user }) => {
    await asAdmin.goto(`/admin/users/${user.id}`);
    await asAdmin.getByRole("button", { name: "Send password reset" }).click();
    await asAdmin.getByLabel("Reason").fill("Asked on the telephone");
    await asAdmin.getByRole("button", { name: "Send password reset" }).click();

    await expect(asAdmin.getByText("We've emailed a link to choose a new password.")).toBeVisible();
  });

  test("a page asks before sessions end: Enter ends none, and the typed number must match", async ({
    asAdmin,
    user,
  }) => {
    const other = await newUser();
    for (const each of [user, other]) await newSession(each);
    for (const { id: userId } of [user, other]) await ageSessions({ userId }, { address: "198.18.9.9" });
    const left = () => db().session.count({ where: { userId: { in: [user.id, other.id] } } });

    await asAdmin.goto("/admin/sessions?address=198.18.9.9");
    await asAdmin.getByRole("button", { name: "Log out all 2" }).click();
    await expect(asAdmin.getByRole("heading", { name: "Log out 2 sessions of 2 people" })).toBeVisible();
    await asAdmin.getByLabel("Reason").fill("That network was broken into");
    await asAdmin.keyboard.press("Enter");
    await asAdmin.getByRole("button", { name: "Log out 2 sessions" }).click();
    await expect(asAdmin.getByText("Type the number shown above.")).toBeVisible();
    await expect(asAdmin.getByLabel("Reason")).toHaveValue("That network was broken into");
    expect(await left()).toBe(2);

    await asAdmin.getByLabel("Type 2 to confirm").fill("2");
    await asAdmin.getByRole("button", { name: "Log out 2 sessions" }).click();
    await expect(asAdmin.getByText("Logged out 2 sessions.")).toBeVisible();
    expect(await left()).toBe(0);
    await db().user.delete({ where: { id: other.id } });
  });
});
