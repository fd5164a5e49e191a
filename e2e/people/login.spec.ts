import { expect, holdBack, mailTo, newUser, sessionCookie, submitLogin, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";

test("logging in returns a visitor to the page they first asked for", async ({ page, user }) => {
  await page.goto("/dashboard?from=mail");
  await expect(page).toHaveURL("/login?next=%2Fdashboard%3Ffrom%3Dmail");

  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard?from=mail");
});

for (const next of [
  "//evil.example",
  "/\\evil.example",
  "/%2fevil.example",
  "/\t/evil.example",
  "https://evil.example",
]) {
  test(`logging in never leads to another site: ${JSON.stringify(next)}`, async ({ page, user }) => {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await submitLogin(page, user);
    await expect(page).toHaveURL("/dashboard");
  });
}

test("an account at an internationalised domain is found by both spellings, shown in Unicode, and receives email", async ({
  page,
  user,
}) => {
  const [local] = user.email.split("@");
  const email = `${local}@한국.example`;
  await db().user.update({ where: { id: user.id }, data: { email }, select: { id: true } });

  await page.goto("/login");
  await page.getByLabel("Email").fill(email);
  // Chromium converts the domain to ASCII.
  await expect(page.getByLabel("Email")).toHaveValue(`${local}@xn--3e0b707e.example`);
  await submitLogin(page, { ...user, email });
  await expect(page).toHaveURL("/dashboard");
  await page.goto("/account");
  await expect(page.getByText(`You log in with ${email}.`)).toBeVisible();

  await page.context().clearCookies();
  await page.goto("/forgot-password");
  // Firefox sends the domain in Unicode, as a text field does.
  await page.getByLabel("Email").evaluate((field: HTMLInputElement) => {
    field.type = "text";
  });
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: /Send/ }).click();
  await mailTo(`${local}@xn--3e0b707e.example`, /Choose a new password/);
});

test("an unknown email and a wrong password get the same message, and the email stays in the form", async ({
  page,
  user,
}) => {
  for (const email of [user.email, `nobody-${user.email}`]) {
    await page.goto("/login");
    await submitLogin(page, { email, password: "not the password" });

    await expect(page.getByRole("alert").filter({ hasText: "Wrong email or password" })).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue(email);
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  }
});

test("a missing value is reported at its field, and the first such field has the focus", async ({ page }) => {
  await page.goto("/login");
  await page.getByRole("button", { name: "Log in" }).click();

  await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/Enter an email address/);
  await expect(page.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/Enter your password/);
  await expect(page.getByLabel("Email")).toBeFocused();
});

test("the button shows that it is working and cannot be pressed twice", async ({ page, user }) => {
  await page.goto("/login");
  const answer = await holdBack(page, "**/login");

  await submitLogin(page, user);
  await expect(page.getByRole("button", { name: "Logging in" })).toBeDisabled();
  answer();
  await expect(page).toHaveURL("/dashboard");
});

test("a token planted before login is useless after it", async ({ page, user, request }) => {
  const planted = await seal(newToken());
  await page.context().addCookies([{ name: cookieName(), value: planted, url: String(process.env.APP_URL) }]);
  await page.goto("/login");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");

  expect((await sessionCookie(page))?.value).not.toBe(planted);
  const answer = await request.get("/api/session", { headers: { Cookie: `${cookieName()}=${planted}` } });
  expect(answer.status()).toBe(401);
});

test("logging in again from a form left open ends the browser's previous session", async ({
  page,
  user,
  logIn,
  request,
}) => {
  const form = await page.context().newPage();
  await form.goto("/login");
  await logIn(page);
  const before = await sessionCookie(page);

  await submitLogin(form, user);
  await expect(form).toHaveURL("/dashboard");

  const answer = await request.get("/api/session", { headers: { Cookie: `${cookieName()}=${before?.value}` } });
  expect(answer.status()).toBe(401);
  expect((await page.request.get("/api/session")).status()).toBe(200);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

test("the session cookie is HttpOnly, SameSite=Lax and limited to this host", async ({ page, logIn }) => {
  await logIn(page);

  expect(await sessionCookie(page)).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/", domain: "localhost" });
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test("on a public computer the cookie ends with the browser, and the session expires within hours", async ({
  page,
  user,
}) => {
  await page.goto("/login");
  await page.getByLabel("This is a public computer").check();
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");

  expect((await sessionCookie(page))?.expires).toBe(-1);
  const { session } = await (await page.request.get("/api/session")).json();
  expect(Date.parse(session.idleAt) - Date.parse(session.lastSeenAt)).toBe(15 * 60_000);
  expect(Date.parse(session.totalAt) - Date.parse(session.createdAt)).toBe(8 * 60 * 60_000);
});

test("the log-in page tells users that they are already logged in, and links to the requested page", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  await page.goto("/login?next=/dashboard%3Ffrom%3Dlogin");

  await expect(page.getByText(user.email)).toBeVisible();
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page).toHaveURL("/dashboard?from=login");
});

test("two people in one browser, one after the other, do not see each other's page", async ({ page, user, logIn }) => {
  const other = await newUser();
  await logIn(page);
  await page.goto("/logout");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await logIn(page, other);

  await expect(page.getByText(other.email).first()).toBeVisible();
  await expect(page.getByText(user.email)).toHaveCount(0);
  await db().user.delete({ where: { id: other.id } });
});

test("the typed password can be shown", async ({ page }) => {
  await page.goto("/login");
  await page.getByLabel("Password", { exact: true }).fill("visible");
  await page.getByRole("button", { name: "Show password" }).click();

  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("type", "text");
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("a user logs in, sees the dashboard and logs out", async ({ page, user }) => {
    await page.goto("/dashboard");
    await submitLogin(page, user);
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();

    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByText("You've logged out.")).toBeVisible();
    await page.goto("/dashboard");
    await expect(page).toHaveURL("/login?next=%2Fdashboard");
  });

  test("errors are shown, and everything typed except the password is kept", async ({ page, user }) => {
    await page.goto("/login");
    await page.getByLabel("This is a public computer").check();
    await submitLogin(page, { email: user.email, password: "not the password" });

    await expect(page.getByText("Wrong email or password")).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue(user.email);
    await expect(page.getByLabel("This is a public computer")).toBeChecked();
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  });

  test("no button is shown that needs JavaScript", async ({ page }) => {
    await page.goto("/login");
    await expect(page.getByRole("button", { name: "Show password" })).toBeHidden();
  });
});
