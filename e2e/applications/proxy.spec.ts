import type { Page } from "playwright/test";
import { CONTROL_HEADERS } from "@/e2e/support/control-headers";
import { expect, newSession, submitLogin, type TestUser, test } from "@/e2e/support/fixtures";
import { type Application, ask, PROXIES, startApplication } from "@/e2e/support/proxy";
import { DOMAIN, missing } from "@/e2e/support/proxy-process";
import { db } from "@/lib/db";
import { HOUR } from "@/lib/env";
import config from "@/playwright.config";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";
import { wireTo } from "@/testing/wire";

const COOKIE = "__Secure-session";
const PAGE = { Accept: "text/html,application/xhtml+xml" };

const { launchOptions } = config.use ?? {};
test.use({
  ignoreHTTPSErrors: true,
  launchOptions: {
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), `--host-resolver-rules=MAP *.${DOMAIN} 127.0.0.1`],
  },
});

test.describe.configure({ mode: "default" });
test.describe("an unmodified application behind nginx", () => {
  const reason = missing();
  test.skip(reason !== null, String(reason));

  let port: number;
  let latchkey: TestServer;
  let wire: Awaited<ReturnType<typeof wireTo>>;
  let application: Application;
  let proxy: Awaited<ReturnType<typeof PROXIES.nginx>>;
  const login = () => `https://login.${DOMAIN}:${port}`;
  const wiki = () => `https://wiki.${DOMAIN}:${port}`;

  test.beforeAll(async () => {
    port = await freePort();
    wire = await wireTo(String(process.env.DATABASE_URL));
    application = await startApplication();
    const own = String(await freePort());
    latchkey = await startServer({
      PORT: own,
      DATABASE_URL: wire.url,
      APP_URL: `https://login.${DOMAIN}:${port}`,
      TRUSTED_PROXIES: "127.0.0.1,::1",
      COOKIE_DOMAIN: DOMAIN,
      ALLOWED_RETURN_HOSTS: `wiki.${DOMAIN}:${port}`,
      VERIFY_RULES: `wiki.${DOMAIN} user; wiki.${DOMAIN}/admin admin`,
      SESSION_TOUCH_INTERVAL: "1s",
    });
    proxy = await PROXIES.nginx({ port, latchkey: Number(own), application: application.port });
  });

  test.afterAll(async () => {
    await proxy?.stop();
    await latchkey?.stop();
    application?.close();
    wire?.close();
  });

  /** Logs in as a user does who has opened a page of the application. */
  async function logIn(page: Page, user: TestUser, path = "/"): Promise<void> {
    await page.goto(wiki() + path);
    await expect(page).toHaveURL(`${login()}/login?next=${encodeURIComponent(wiki() + path)}`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(wiki() + path);
    await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
  }

  async function cookieOf(page: Page): Promise<string> {
    const cookies = await page.context().cookies();
    return `${COOKIE}=${cookies.find(({ name }) => name === COOKIE)?.value}`;
  }

  /** Starts a session for a user, and returns its `Cookie` header. */
  async function signedIn(user: TestUser): Promise<string> {
    return `${COOKIE}=${await newSession(user)}`;
  }

  /** Opens a page of the application in a browser that already has a session. */
  async function enter(page: Page, user: TestUser, path = "/"): Promise<void> {
    const cookie = { name: COOKIE, value: await newSession(user), domain: `.${DOMAIN}`, path: "/" };
    await page.context().addCookies([{ ...cookie, httpOnly: true, secure: true, sameSite: "Lax" }]);
    await page.goto(wiki() + path);
    await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
  }

  async function seen(page: Page) {
    return JSON.parse(await page.locator("pre").textContent().then(String));
  }

  test("a visitor without a session logs in and lands on exactly the page they requested", async ({ page, user }) => {
    await logIn(page, user, "/a/b?c=d&e=%2F%3F");
    expect((await seen(page)).path).toBe("/a/b?c=d&e=%2F%3F");
  });

  test("the fragment of a URL survives logging in", async ({ page, user }) => {
    await page.goto(`${wiki()}/a?b#part-2`);
    await expect(page).toHaveURL(`${login()}/login?next=${encodeURIComponent(`${wiki()}/a?b`)}#part-2`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(`${wiki()}/a?b#part-2`);
    await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
  });

  test("a form submitted after the session ended keeps what was typed", async ({ page, user }) => {
    await enter(page, user);
    await db().session.deleteMany({ where: { userId: user.id } });
    await page.evaluate(() => {
      document.body.innerHTML = '<form method="post" action="/save"><textarea name="text">An hour of work</textarea>';
      document.forms[0]?.submit();
    });
    await expect(page.getByText("What you typed is not lost.")).toBeVisible();
    expect(page.url()).toBe(`${wiki()}/save`);

    const [other] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: "Log in" }).click()]);
    await submitLogin(other, user);
    await expect(other).toHaveURL(`${login()}/dashboard`);
    await page.reload();
    await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
    expect(application.requests.at(-1)).toMatchObject({ path: "/save", body: "text=An+hour+of+work" });
  });

  test("the application receives the user's identity, and every cookie except the session's", async ({
    page,
    user,
  }) => {
    await page.context().addCookies([{ name: "own", value: "1", url: wiki() }]);
    await enter(page, user);

    const { headers } = await seen(page);
    expect(headers["remote-user"]).toBe(user.id);
    expect(headers["remote-email"]).toBe(user.email);
    expect(headers["remote-name"]).toBe("Ada");
    expect(headers["remote-groups"]).toBe("user");
    expect(headers.cookie).toBe("own=1");
  });

  test("the session cookie never reaches the application, wherever it is in the header and even if sent twice", async ({
    user,
  }) => {
    const session = await signedIn(user);
    for (const [cookie, left] of [
      [session, undefined],
      [`a=1; ${session}; b=2`, "a=1; b=2"],
      [`a=1;${session};b=2`, "a=1;b=2"],
      [`${session}; b=2`, "b=2"],
      [`x${COOKIE}=1; ${session}`, `x${COOKIE}=1`],
      [`${COOKIE}=other; a=1; ${session}`, undefined],
    ] as const) {
      const answer = await ask({ port, path: "/", headers: { Cookie: cookie } });
      expect(answer?.status, cookie).toBe(200);
      expect(application.requests.at(-1)?.headers.cookie, cookie).toBe(left);
    }
  });

  test("a client's own identity headers never reach the application, however they are spelled", async ({ user }) => {
    const Cookie = await signedIn(user);
    const claims = Object.fromEntries(
      ["Remote-User", "remote-groups", "REMOTE-EMAIL", "Remote_User", "remote_groups", "Remote_Name"].map((name) => [
        name,
        "admin",
      ]),
    );
    await ask({ port, path: "/", headers: { Cookie, ...claims } });

    const { raw } = application.requests.at(-1) ?? { raw: [] };
    const told = raw.filter((_text, index) => index % 2 === 1 && /^remote/i.test(raw[index - 1] ?? ""));
    expect(told.sort()).toEqual(["Ada", "user", user.email, user.id].sort());

    const before = application.requests.length;
    expect((await ask({ port, path: "/", headers: claims }))?.status).toBe(401);
    expect(application.requests.length).toBe(before);
  });

  test("a name in any script arrives as UTF-8, and cannot inject a header", async ({ user }) => {
    const Cookie = await signedIn(user);
    for (const [name, told] of [
      ["Zoë 李 🔑", "Zoë 李 🔑"],
      ["Ada\r\nRemote-Groups: admin", "Ada Remote-Groups: admin"],
      ["Ada\u0000\u007f\u0085!", "Ada !"],
      ["\ud800", "\ufffd"],
    ] as const) {
      await db()
        .$executeRaw`UPDATE users SET name = ${name.replaceAll("\u0000", "").replace("\ud800", "\ufffd")} WHERE id = ${user.id}::uuid`;
      expect((await ask({ port, path: "/", headers: { Cookie } }))?.status, name).toBe(200);
      const headers = application.requests.at(-1)?.headers ?? {};
      expect(Buffer.from(String(headers["remote-name"]), "latin1").toString("utf8")).toBe(told);
      expect(headers["remote-groups"]).toBe("user");
    }
  });

  test("a posted form reaches the application complete", async ({ user }) => {
    const body = `text=${"a".repeat(200_000)}`;
    const answer = await ask({ port, path: "/save", method: "POST", body, headers: { Cookie: await signedIn(user) } });
    expect(answer?.status).toBe(200);
    expect(application.requests.at(-1)).toMatchObject({ path: "/save", body });
  });

  test("requests to the application count as use of the session, except prefetches", async ({ page, user }) => {
    await enter(page, user);
    await ageSessions({ userId: user.id }, { created: HOUR, seen: HOUR });
    const lastSeen = async () =>
      (
        await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { lastSeenAt: true } })
      ).lastSeenAt.getTime();
    const before = await lastSeen();

    const headers = { Cookie: await cookieOf(page), "Sec-Purpose": "prefetch" };
    expect((await ask({ port, path: "/", headers }))?.status).toBe(200);
    expect(await lastSeen()).toBe(before);
    await page.reload();
    expect(await lastSeen()).toBeGreaterThan(before);
  });

  test("logging out of Latchkey takes effect at the next request to the application", async ({ page, user }) => {
    await logIn(page, user);
    const copied = await cookieOf(page);
    await page.goto(`${login()}/logout`);
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByText("You've logged out.")).toBeVisible();
    expect((await page.context().cookies()).filter(({ name }) => name === COOKIE)).toEqual([]);

    await page.goto(`${wiki()}/again`);
    await expect(page).toHaveURL(`${login()}/login?next=${encodeURIComponent(`${wiki()}/again`)}`);
    expect((await ask({ port, path: "/", headers: { Cookie: copied } }))?.status).toBe(401);
  });

  test("a user logged out from another browser must log in again to reach the application, and learns why", async ({
    page,
    user,
    browser,
  }) => {
    await enter(page, user);
    const other = await (await browser.newContext()).newPage();
    await enter(other, user);
    await other.goto(`${login()}/sessions`);
    await other
      .getByRole("button", { name: /^Log out (?!other devices|everywhere)/ })
      .first()
      .click();
    await expect.poll(async () => db().session.count({ where: { userId: user.id } })).toBe(1);

    await page.reload();
    await expect(page).toHaveURL(/\/login\?next=/);
    await expect(page.getByText("You logged this device out from")).toBeVisible();
    await other.context().close();
  });

  test("a page for administrators is refused with an explanation, and a changed role applies at the next request", async ({
    page,
    user,
  }) => {
    await enter(page, user);
    await db().user.update({ where: { id: user.id }, data: { name: "Ada <b>Lovelace</b>" } });
    const answer = await page.goto(`${wiki()}/admin/users`);
    expect(answer?.status()).toBe(403);
    await expect(
      page.getByText(`You're logged in as Ada <b>Lovelace</b> (${user.email}). This page is for administrators.`),
    ).toBeVisible();

    await db().user.update({ where: { id: user.id }, data: { role: "admin" } });
    await page.reload();
    expect((await seen(page)).headers["remote-groups"]).toBe("user,admin");
  });

  test("neither the spelling of a path nor another host in the request gets around a rule", async ({ user }) => {
    const Cookie = await signedIn(user);
    const before = application.requests.length;
    for (const path of [
      "/admin",
      "/public/../admin",
      "/%61dmin",
      "//admin",
      "/ADMIN",
      "/admin;a",
      "/public/..%2fadmin",
      "/%2561dmin",
      "\\admin",
    ]) {
      const answer = await ask({ port, path, headers: { Cookie, ...PAGE } });
      // nginx itself responds 400 to a malformed path.
      expect([400, 403], path).toContain(answer?.status);
    }
    const absolute = await ask({
      port,
      path: `https://wiki.${DOMAIN}/admin`,
      host: `login.${DOMAIN}`,
      headers: { Cookie },
    });
    expect(absolute?.status).toBe(403);
    const forgeries: Record<string, string>[] = [
      { "X-Forwarded-Uri": "/" },
      { "X-Forwarded-Host": "other.example" },
      { "X-Original-URL": "/" },
    ];
    for (const forged of forgeries)
      expect((await ask({ port, path: "/admin", headers: { Cookie, ...forged } }))?.status).toBe(403);
    expect((await ask({ port, path: "/admin", host: `WIKI.${DOMAIN}.:99`, headers: { Cookie } }))?.status).toBe(403);
    // nginx closes the connection for an unknown host.
    expect(await ask({ port, path: "/", host: `other.${DOMAIN}`, headers: { Cookie } })).toBeNull();
    expect(application.requests.length).toBe(before);
  });

  test("a script in the application whose session has ended gets a 401, not a page", async ({ page, user }) => {
    await enter(page, user);
    await db().session.deleteMany({ where: { userId: user.id } });

    const told = await page.evaluate(async () => {
      const answer = await fetch("/data", { headers: { Accept: "application/json" } });
      return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
    });
    expect(told).toEqual({
      status: 401,
      type: "application/problem+json",
      text: '{"status":401,"title":"Not logged in"}',
    });
  });

  test("a page of the application can neither read the session from Latchkey nor log the user out", async ({
    browser,
    user,
  }) => {
    // Not the fixture's page, which would fail on Chromium's console errors about these attempts.
    const page = await browser.newPage();
    await enter(page, user);
    const told = await page.evaluate(async (address) => {
      const read = (path: string) => fetch(address + path, { credentials: "include" }).then(String, () => "refused");
      const asked = await Promise.all(["/api/verify", "/api/session", "/api/sessions"].map(read));
      await fetch(`${address}/logout/end`, { method: "POST", credentials: "include", mode: "no-cors" }).catch(() => {});
      return asked;
    }, login());

    expect(told).toEqual(["refused", "refused", "refused"]);
    expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
    await page.close();
  });

  test("no client header lets in a request without a session", async () => {
    const before = application.requests.length;
    for (const headers of CONTROL_HEADERS) {
      const answer = await ask({ port, path: "/", headers });
      expect(answer?.status, JSON.stringify(headers)).toBe(401);
    }
    expect(application.requests.length).toBe(before);
  });

  test("during an outage the application responds with a 503 instead of a redirect to the log-in page", async ({
    page,
    user,
  }) => {
    await enter(page, user);
    wire.swallow(true);
    const answer = await page.goto(`${wiki()}/during`);
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()["retry-after"]).toBe("5");
    await expect(page.getByText("We can't reach the database")).toBeVisible();
    expect(page.url()).toBe(`${wiki()}/during`);

    wire.swallow(false);
    // The page reloads itself.
    await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
  });

  test("the next log-in removes a cookie from before COOKIE_DOMAIN was set, and ends its session", async ({
    page,
    user,
  }) => {
    const value = await newSession(user);
    await page.context().addCookies([
      { name: "__Host-session", value, url: login(), secure: true },
      { name: COOKIE, value: "planted", domain: `.login.${DOMAIN}`, path: "/", secure: true },
    ]);

    await logIn(page, user);
    expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
    await page.goto(`${login()}/dashboard/how-it-works`);
    await expect(page.getByText(`Domain=${DOMAIN}`)).toBeVisible();
    const cookies = (await page.context().cookies()).filter(({ name }) => name.endsWith("-session"));
    expect(cookies.map(({ name, domain }) => [name, domain])).toEqual([[COOKIE, `.${DOMAIN}`]]);
    expect((await page.context().cookies()).map(({ name }) => name)).toContain("__Host-device");
  });

  test.describe("with JavaScript off", () => {
    test.use({ javaScriptEnabled: false });

    test("a visitor logs in and lands on the requested page and fragment", async ({ page, user }) => {
      await page.goto(`${wiki()}/plain?a=b#part-2`);
      await submitLogin(page, user);
      await expect(page).toHaveURL(`${wiki()}/plain?a=b#part-2`);
      await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
    });
  });

  test("when Latchkey is down, the application is out of reach, and a page says so", async ({ user }) => {
    const Cookie = await signedIn(user);
    await latchkey.stop();
    const before = application.requests.length;
    const answer = await ask({ port, path: "/", headers: { Cookie, ...PAGE } });
    expect(answer?.status).toBe(503);
    expect(answer?.text).toContain("<h1>One moment, please</h1>");
    expect(application.requests.length).toBe(before);
  });
});
