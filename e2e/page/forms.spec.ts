import {
  expect,
  holdBack,
  mailTo,
  newSession,
  openAndAsk,
  submitLogin,
  test,
  unfold,
  unfoldDeletion,
  untilListening,
} from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { DAY } from "@/lib/env";
import { postLogin } from "@/testing/post-action";
import { startServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";

test.describe("on a page changed by a translator and extensions", () => {
  test("a wrong password is reported, and the right one logs in", async ({ touched: page, user }) => {
    await page.goto("/login");
    await submitLogin(page, { ...user, password: "not the password" });
    await expect(page.getByText("Wrong email or password")).toBeVisible();
    await submitLogin(page, user);
    await expect(page).toHaveURL("/dashboard");
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
  });

  test("signing up and requesting a password reset work", async ({ touched: page, user }) => {
    await page.goto("/signup");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText("Enter your name.")).toBeVisible();
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Email").fill(`new-${user.email}`);
    await page.getByLabel("Password", { exact: true }).fill("violet tuesday kettle mango");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();

    await page.goto("/forgot-password");
    await page.getByLabel("Email").fill(user.email);
    await page.getByRole("button", { name: "Send a link" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();
  });

  test("what was typed before the page's scripts run is kept, and so is the focus", async ({ touched: page, user }) => {
    const letGo = await holdBack(page, "**/_next/static/chunks/*.js");
    const opened = page.goto("/login");
    await page.getByLabel("This is a public computer").check();
    await page.getByLabel("Email").click();
    await page.keyboard.type(user.email);
    await page.keyboard.press("Tab");
    const half = user.password.length / 2;
    await page.keyboard.type(user.password.slice(0, half));
    letGo();
    await opened;

    await expect(page.getByLabel("Email")).toHaveValue(user.email);
    await expect(page.getByLabel("This is a public computer")).toBeChecked();
    await page.keyboard.type(user.password.slice(half));
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/dashboard");
    expect(await db().session.findFirstOrThrow({ where: { userId: user.id } })).toMatchObject({ publicComputer: true });
  });

  test("a new password typed before the page's scripts run is judged once they run", async ({ touched: page }) => {
    const letGo = await holdBack(page, "**/_next/static/chunks/*.js");
    const opened = page.goto("/signup");
    await page.getByLabel("Password", { exact: true }).click();
    await page.keyboard.type("short");
    letGo();
    await opened;

    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("short");
    await expect(page.locator("#password-hint")).toContainText("Use at least 15 characters.");
  });

  test("naming a browser, logging another out and changing the user's name work", async ({
    touched: page,
    user,
    logIn,
  }) => {
    await newSession(user);
    await logIn(page, user, "/sessions");
    await unfold(page, "Chrome on Linux");
    await page.getByLabel("New name for Chrome on Linux").fill("Kitchen");
    await page.getByRole("button", { name: "Rename Chrome on Linux" }).click();
    await expect(page.getByRole("article", { name: "Kitchen" })).toBeVisible();
    await page.getByRole("button", { name: /^Log out (?!other devices|everywhere)/ }).click();
    await expect(page.getByRole("article")).toHaveCount(1);
    await expect(page.getByText("This is your only device.")).toBeVisible();

    await page.goto("/account");
    await page.getByLabel("Name").fill("Grace");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Name saved.")).toBeVisible();
  });
});

test("times follow the server's clock when the browser's is wrong", async ({ page, user, logIn }) => {
  await page.clock.setSystemTime(Date.now() + 3 * 86_400_000);
  await logIn(page, user, "/sessions");
  await unfold(page, "Chrome on Linux");
  await expect(page.getByRole("article").getByText("just now").first()).toBeVisible();
  await expect(page.getByText("3 days ago")).toHaveCount(0);
});

test.describe("without a connection", () => {
  test("a form keeps its fields, says that there is no connection, and can be sent once there is one", async ({
    page,
    context,
    user,
  }) => {
    const offline = page.getByText("We can't reach the server.");
    await page.goto("/signup");
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Password", { exact: true }).fill("violet tuesday kettle mango");
    await context.setOffline(true);
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(offline).toBeVisible();
    await expect(page.getByLabel("Name")).toHaveValue("Ada");
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("violet tuesday kettle mango");
    await context.setOffline(false);

    await page.goto("/login");
    await context.setOffline(true);
    await submitLogin(page, user);
    await expect(offline).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue(user.email);
    await context.setOffline(false);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page).toHaveURL("/dashboard");

    await ageSessions({ userId: user.id }, { lapsed: 1000 });
    await page.goto("/account");
    await page.getByLabel("New email").fill(`new-${user.email}`);
    await page.getByRole("button", { name: "Change email" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it's you" });
    await dialog.getByLabel("Password", { exact: true }).fill(user.password);
    await context.setOffline(true);
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(dialog.getByText("We can't reach the server.")).toBeVisible();
    await context.setOffline(false);
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(page.getByText(/we've emailed/i)).toBeVisible();
  });

  test("the log-in page works without the script that offers passkeys in its field", async ({ page, user }) => {
    let isLoaded = false;
    page.once("load", () => {
      isLoaded = true;
    });
    await page.route("**/_next/static/chunks/*", (route) =>
      isLoaded ? route.abort("internetdisconnected") : route.continue(),
    );
    const failed = page.waitForEvent("requestfailed");
    await page.goto("/login");
    expect((await failed).url()).toContain("/_next/static/chunks/");
    await page.unroute("**/_next/static/chunks/*");
    await submitLogin(page, user);
    await expect(page).toHaveURL("/dashboard");
  });

  test("a response that is not ours leaves the form as it was", async ({ page, user }) => {
    await page.goto("/login");
    for (const answer of [
      { status: 413, contentType: "text/html", body: "<h1>Too large</h1>" },
      { status: 403, contentType: "text/html", body: "<h1>No</h1>" },
      { status: 200, contentType: "text/html", body: "<h1>Welcome to our wireless network</h1>" },
    ]) {
      await page.route("**/login", (route) => route.fulfill(answer));
      await submitLogin(page, user);
      await expect(page.getByText("The server didn't accept this.")).toBeVisible();
      await expect(page.getByLabel("Email")).toHaveValue(user.email);
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue(user.password);
      await page.unroute("**/login");
    }
  });
});

test("text typed while a form is being sent stays, and an error disappears once its field is edited", async ({
  page,
}) => {
  await page.goto("/signup");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Enter your name.")).toBeVisible();
  await page.getByLabel("Name").fill("A");
  await expect(page.getByText("Enter your name.")).toHaveCount(0);
  await expect(page.getByLabel("Name")).toHaveAttribute("aria-invalid", "false");

  await page.getByLabel("Name").fill("");
  const letGo = await holdBack(page, "**/signup");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Name").fill("Ada");
  letGo();

  await expect(page.getByRole("button", { name: "Create account" })).toBeEnabled();
  await expect(page.getByLabel("Email")).toHaveValue("ada@example.com");
  await expect(page.getByLabel("Name")).toHaveValue("Ada");
  // An error about a field as it was sent does not apply to its new value.
  await expect(page.getByText("Enter your password.")).toBeVisible();
  await expect(page.getByText("Enter your name.")).toHaveCount(0);
});

test("a password without an error of its own stays when another field is wrong", async ({ page, user, logIn }) => {
  await page.goto("/signup");
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("another horse battery staple");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Enter your name.")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("another horse battery staple");

  await logIn(page, user, "/account");
  await page.getByLabel("Current password").first().fill(user.password);
  await page.getByLabel("New password").fill(user.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByLabel("New password")).toHaveAccessibleDescription(/same|different|another/i);
  await expect(page.getByLabel("New password")).toHaveValue("");
  await expect(page.getByLabel("Current password").first()).toHaveValue(user.password);
});

test("a refused password is cleared, and one typed while the form is being sent stays", async ({ page, user }) => {
  await page.goto("/login");
  await submitLogin(page, { email: user.email, password: "not the password" });
  await expect(page.getByText("Wrong email or password")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");

  const letGo = await holdBack(page, "**/login");
  await submitLogin(page, { email: user.email, password: "not the password either" });
  await page.getByLabel("Password", { exact: true }).fill("typed since");
  letGo();
  await expect(page.getByRole("button", { name: "Log in", exact: true })).toBeEnabled();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("typed since");
});

test("a key that ends an IME composition does nothing else: the name being typed stays", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page, user, "/sessions");
  await unfold(page, "Chrome on Linux");
  const field = page.getByLabel("New name for Chrome on Linux");
  await field.focus();
  const keyboard = await page.context().newCDPSession(page);
  await keyboard.send("Input.imeSetComposition", { text: "부엌", selectionStart: 2, selectionEnd: 2 });
  // Safari ends the composition before it reports the key. Chromium then takes this Enter for one that sends the form.
  await keyboard.send("Input.insertText", { text: "부엌" });
  const enter = { key: "Enter", code: "Enter", text: "\r", windowsVirtualKeyCode: 229 };
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", ...enter });
  await field.press("End");
  await page.keyboard.type(" 2");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Name saved.")).toHaveCount(1);
  await expect(page.getByRole("article", { name: "부엌 2" })).toBeVisible();
});

test("focus stays in place after a name is saved, a browser is logged out, or an email is sent", async ({
  page,
  user,
  logIn,
}) => {
  for (let browser = 0; browser < 2; browser++) await newSession(user);
  await logIn(page, user, "/sessions");
  // Browsers with the same name are numbered, so that a screen reader can tell them apart, too.
  await expect(page.getByRole("heading", { name: "Chrome on Linux" })).toBeVisible();
  // Before that, the button sends a plain form, whose response is a new page.
  await untilListening(page);
  await page.getByRole("button", { name: /^Log out .* \(1\)$/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(page.getByRole("button", { name: /^Log out / }).first()).toBeFocused();

  await unfold(page, "Chrome on Linux");
  await page.getByLabel("New name for Chrome on Linux").fill("Kitchen");
  await page.getByRole("button", { name: "Rename Chrome on Linux" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article", { name: "Kitchen" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Rename Kitchen" })).toBeFocused();
  await expect(page.getByRole("heading").getByRole("button")).toHaveCount(0);

  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(user.email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "We've emailed" })).toBeFocused();
});

test("logging out everywhere asks for confirmation first", async ({ page, user, logIn }) => {
  await logIn(page, user, "/sessions");
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  const dialog = page.getByRole("dialog", { name: "Log out everywhere?" });
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);

  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await dialog.getByRole("button", { name: "Log out everywhere" }).click();
  await expect(page).toHaveURL("/login?logged-out");
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
});

test("neither a password alone nor Enter deletes an account", async ({ page, user, logIn }) => {
  await logIn(page, user, "/account");
  await unfoldDeletion(page);
  const password = page.locator("#delete-current");
  await password.fill(user.password);
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText("Type the word shown above.")).toBeVisible();

  await password.fill(user.password);
  await page.getByLabel("Type delete to confirm").fill("delete");
  await page.keyboard.press("Enter");
  await page.reload();
  expect(await db().user.count({ where: { id: user.id } })).toBe(1);
});

test.describe("when the browser keeps no cookies", () => {
  for (const javaScriptEnabled of [true, false]) {
    test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
      test.use({ javaScriptEnabled });

      test("logging in says so and starts no session, however often it is tried", async ({ page, user }) => {
        // The page itself stores the time zone in a cookie. A browser that blocks cookies refuses that, too.
        const browser = await page.context().newCDPSession(page);
        await browser.send("Emulation.setDocumentCookieDisabled", { disabled: true });
        await page.goto("/login");
        for (const _try of [1, 2]) {
          await page.context().clearCookies();
          const answered = page.waitForResponse((response) => response.request().method() === "POST");
          await submitLogin(page, user);
          await answered;
          await expect(page.getByText("Your browser is blocking cookies")).toBeVisible();
          await expect(page.getByLabel("Email")).toHaveValue(user.email);
          // The response empties it, and with it anything typed before.
          await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
        }
        expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
        expect(await db().mail.count({ where: { recipient: user.email } })).toBe(0);

        // Once the browser keeps cookies, the next try succeeds.
        await submitLogin(page, user);
        await expect(page).toHaveURL("/dashboard");
      });
    });
  }

  test("only clients that send Sec-Fetch-Site, as browsers do, must show that they keep cookies", async ({ user }) => {
    const fields: [string, string][] = [
      ["email", user.email],
      ["password", user.password],
    ];
    expect((await postLogin(fields)).isIn).toBe(true);
    expect((await postLogin(fields, undefined, { "Sec-Fetch-Site": "same-origin" })).isIn).toBe(false);
  });
});

test("signing up and resetting a password both end at the page first requested", async ({ page, user }) => {
  await page.goto("/sessions");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill("Ada");
  const email = `new-${user.email}`;
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("violet tuesday kettle mango");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText(/we've emailed/i)).toBeVisible();
  await page.goto((await mailTo(email, /Confirm your email address/)).link);
  await page.getByLabel("Password", { exact: true }).fill("violet tuesday kettle mango");
  await page.getByRole("button", { name: "Confirm and log in" }).click();
  await expect(page).toHaveURL("/sessions");
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();
  await db().user.delete({ where: { email } });

  await page.goto("/activity?kind=failures");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  // Wait for the new page: the old one has a field of this name, too.
  await expect(page).toHaveURL(/forgot-password/);
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText(/we've emailed/i)).toBeVisible();
  await page.goto((await mailTo(user.email, /Choose a new password/)).link);
  await page.getByLabel("New password").fill("orange wednesday teapot lychee");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page).toHaveURL(/\/login/);
  await submitLogin(page, { email: user.email, password: "orange wednesday teapot lychee" });
  await expect(page).toHaveURL("/activity?kind=failures");
});

test("at the session limit, logging in again over an expired page offers the choice and keeps what was typed", async ({
  page,
  user,
}) => {
  const server = await startServer({ MAX_SESSIONS: "1", AT_MAX_SESSIONS: "choose" });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await openAndAsk(page, `${server.url}/account`);
  await page.getByLabel("Name").fill("Ada Lovelace");
  await ageSessions({ userId: user.id }, { created: 8 * DAY, seen: 8 * DAY });
  await newSession(user);
  await page.getByRole("button", { name: "Save" }).click();

  const dialog = page.getByRole("dialog", { name: "You've been logged out" });
  await dialog.getByLabel("Password", { exact: true }).fill(user.password);
  await dialog.getByRole("button", { name: "Log in again" }).click();
  await expect(dialog.getByRole("radio")).toBeFocused();
  await dialog.getByRole("button", { name: "Log out that device and continue" }).click();
  await expect(page.getByText("Name saved.")).toBeVisible();
  await server.stop();
});

test.describe("with JavaScript off", () => {
  test.use({ javaScriptEnabled: false });

  test("naming and logging out browsers work, and the page confirms each", async ({ page, user }) => {
    await newSession(user);
    await page.goto("/login?next=/sessions");
    await submitLogin(page, user);
    await expect(page).toHaveURL("/sessions");
    const here = page.getByRole("article", { name: "Chrome on Linux" });
    await here.locator("summary").click();
    await here.getByLabel("New name for Chrome on Linux").fill("Kitchen");
    await here.getByRole("button", { name: "Rename Chrome on Linux" }).click();
    await expect(page.getByRole("article", { name: "Kitchen" })).toBeVisible();
    await expect(page.getByText("Name saved.")).toBeVisible();

    await page.getByRole("button", { name: /^Log out (?!other devices|everywhere)/ }).click();
    await expect(page.getByText("Device logged out.")).toBeVisible();
    await page.getByRole("button", { name: "Log out everywhere" }).click();
    await expect(page).toHaveURL(/\/sessions\/end-all/);
    await page.getByRole("button", { name: "Log out everywhere" }).click();
    await expect(page.getByText("You've logged out.")).toBeVisible();
  });
});
