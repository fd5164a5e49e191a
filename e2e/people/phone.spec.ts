import decode from "jsqr";
import type { Page } from "playwright/test";
import { expect, holdBack, newSession, submitLogin, test, untilListening } from "@/e2e/support/fixtures";
import { cookieName } from "@/testing/cookie-name";
import { freePort } from "@/testing/free-port";
import { fromSomewhere } from "@/testing/post-action";
import { startServer } from "@/testing/server";

const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 3,
  isMobile: true,
  hasTouch: true,
  userAgent:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
};

/** Reads the QR code in a picture of the page, as a camera does. */
async function scan(page: Page): Promise<string | undefined> {
  const png = (await page.getByRole("img", { name: "QR code" }).screenshot()).toString("base64");
  const { data, width, height } = await page.evaluate(async (source) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (c) => c.charCodeAt(0))]));
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas?.drawImage(picture, 0, 0);
    return { data: [...(canvas?.getImageData(0, 0, width, height).data ?? [])], width, height };
  }, png);
  return decode(Uint8ClampedArray.from(data), width, height, { inversionAttempts: "dontInvert" })?.data;
}

/** Records what a page sends from now on. The returned function gives it as text. */
function recordRequests(page: Page): () => Promise<string> {
  const sent: Promise<string>[] = [];
  page.on("request", (request) => {
    const headers = request.allHeaders().catch(() => "The page was closed before");
    sent.push(headers.then((them) => request.url() + JSON.stringify(them)));
  });
  return async () => (await Promise.all(sent)).join();
}

// The hardest theme for readers of QR codes.
test.use({ colorScheme: "dark" });

test("a phone that scans the QR code has the email filled in, logs in, and appears on the page with the code", async ({
  page,
  browser,
  user,
  logIn,
}) => {
  await logIn(page, user, "/sessions");
  await page.getByRole("main").getByRole("link", { name: "Log in on your phone" }).click();
  await expect(page.getByRole("heading", { name: "Log in on your phone" })).toBeVisible();
  await untilListening(page);
  await expect(page.getByText("A phone can't open this address: localhost")).toBeVisible();
  const address = await scan(page);
  expect(address).toBe(`${process.env.APP_URL}/login#email=${encodeURIComponent(user.email)}`);

  const phone = await browser.newPage({ ...PHONE, extraHTTPHeaders: fromSomewhere() });
  const sent = recordRequests(phone);
  await phone.goto(String(address));
  await expect(phone.getByLabel("Email")).toHaveValue(user.email);
  await expect(phone).toHaveURL(`${process.env.APP_URL}/login`);
  expect(await sent()).not.toContain(user.email.slice(0, 36));
  await phone.getByLabel("Password", { exact: true }).fill(user.password);
  await phone.getByRole("button", { name: "Log in" }).click();
  await expect(phone).toHaveURL(`${process.env.APP_URL}/dashboard`);

  await expect(page.getByText("Safari on iOS has logged in.")).toBeVisible();
  await page.getByRole("link", { name: "Back to devices" }).click();
  await expect(page.getByRole("article", { name: "Safari on iOS" })).toBeVisible();
  await phone.context().close();
});

test("the page with the QR code names no device that was logged in before", async ({ page, user, logIn }) => {
  await newSession(user);
  await logIn(page, user, "/sessions/phone");
  await untilListening(page);
  await expect(page.getByText("When your phone has logged in")).toBeVisible();
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText(/Copied|didn't allow copying/)).toBeVisible();
  await expect(page.getByText("has logged in.")).toHaveCount(0);
});

test("the QR code and the text lead to the address that browsers use, without a warning", async ({ user }) => {
  const PORT = String(await freePort());
  const APP_URL = "https://login.example.com";
  const server = await startServer({ PORT, APP_URL });
  const cookie = `${cookieName(APP_URL)}=${await newSession(user)}`;
  const page = await fetch(`http://localhost:${PORT}/sessions/phone`, { headers: { cookie } });
  const html = await page.text();
  await server.stop();

  expect(page.status).toBe(200);
  expect(html.match(/<code[^>]*>(.*?)<\/code>/)?.[1]).toBe("https://login.example.com/login");
  expect(html.match(/A phone can.{1,6}t open this address/)).toBeNull();
});

test("an email address in the log-in page's fragment never replaces what was typed", async ({ page, user }) => {
  const letGo = await holdBack(page, "**/_next/static/chunks/*.js");
  const opened = page.goto("/login#email=somebody%40example.com", { waitUntil: "commit" });
  await page.getByLabel("Email").fill(user.email);
  letGo();
  await opened;
  await expect(page).toHaveURL("/login");
  await expect(page.getByLabel("Email")).toHaveValue(user.email);

  await page.goto("/login#email=elsewhere%40example.com");
  await expect(page).toHaveURL("/login");
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
});

test("an email address from the fragment stays in the form after a wrong password, and out of the address", async ({
  page,
  user,
}) => {
  await page.goto(`/login#email=${encodeURIComponent(user.email)}`);
  await expect(page).toHaveURL("/login");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Wrong email or password")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  await expect(page).toHaveURL("/login");

  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL("/dashboard");
  await page.goBack();
  await expect(page).toHaveURL("/login");
});

test("a fragment without an email address fills in nothing, and one for the next page stays its own", async ({
  page,
  user,
}) => {
  await page.goto("/login#email=Call%20me@example.com");
  await expect(page).toHaveURL("/login");
  await expect(page.getByLabel("Email")).toHaveValue("");

  await page.goto("/login?next=%2Factivity#email=somebody%40example.com");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/activity#email=somebody%40example.com");
});

test("the log-in page removes an email address from the address bar even if its user is logged in already", async ({
  page,
  logIn,
}) => {
  await logIn(page);
  await page.goto("/login#email=somebody%40example.com");
  await expect(page.getByRole("heading", { name: "You're logged in" })).toBeVisible();
  await expect(page).toHaveURL("/login");
});

test("the log-in page and the sign-up page say who is logged in, with room above their buttons", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);
  for (const path of ["/login", "/signup"]) {
    await page.goto(path);
    const text = await page.getByText(`You're logged in as`).filter({ hasText: user.email }).boundingBox();
    const button = await page.getByRole("link", { name: "Continue" }).boundingBox();
    expect((button?.y ?? 0) - (text?.y ?? 0) - (text?.height ?? 0), path).toBeGreaterThanOrEqual(16);
  }
});
