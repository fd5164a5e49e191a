import { CONTROL_HEADERS } from "@/e2e/support/control-headers";
import { expect, newSession, newUser, submitLogin, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { startServer, type TestServer } from "@/testing/server";

const PAGE = { Accept: "text/html" };

/** The headers by which a proxy describes the original request. */
function original(url: string, method = "GET"): Record<string, string> {
  const [, proto = "", host = "", uri = ""] = /^(\w+):\/\/([^/]*)(.*)$/s.exec(url) ?? [];
  return { "X-Forwarded-Method": method, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "X-Forwarded-Uri": uri };
}

test("a proxy gets the user's identity in four headers, and may not cache it", async ({ request, user }) => {
  const Cookie = `${cookieName()}=${await newSession(user)}`;
  const answer = await request.get("/api/verify", {
    headers: { Cookie, "Remote-User": "admin", "Remote-Groups": "admin" },
  });

  expect(answer.status()).toBe(200);
  expect(await answer.text()).toBe("");
  expect(answer.headers()["cache-control"]).toBe("no-store");
  expect(answer.headers()).toMatchObject({
    "remote-user": user.id,
    "remote-email": user.email,
    "remote-name": "Ada",
    "remote-groups": "user",
  });
});

test("a request without a session gets a 401 and the log-in address, but no password prompt from the browser", async ({
  request,
}) => {
  for (const headers of [{}, original("https://app.example.com/a"), original("https://evil.example/a")] as Record<
    string,
    string
  >[]) {
    const answer = await request.get("/api/verify", { headers, maxRedirects: 0 });
    expect(answer.status()).toBe(401);
    expect(answer.headers().location).toBe(`${process.env.APP_URL}/login`);
    expect(answer.headers()).not.toHaveProperty("www-authenticate");
    expect(answer.headers()).not.toHaveProperty("remote-user");
    expect(await answer.json()).toMatchObject({ status: 401, title: "Not logged in" });
  }
});

test("another site can neither read a response nor send a POST or a preflight", async ({ request, user }) => {
  const Cookie = `${cookieName()}=${await newSession(user)}`;
  const headers = { Cookie, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
  const answer = await request.get("/api/verify", { headers });
  expect(answer.headers()).not.toHaveProperty("access-control-allow-origin");
  expect(answer.headers()["cross-origin-resource-policy"]).toBe("same-origin");
  expect((await request.post("/api/verify", { headers })).status()).toBe(403);
  expect((await request.fetch("/api/verify", { method: "OPTIONS", headers })).status()).toBe(405);
});

test("headers passed on from the original request do not change the result", async ({ request, user }) => {
  const Cookie = `${cookieName()}=${await newSession(user)}`;
  const odd: Record<string, string>[] = [
    ...CONTROL_HEADERS,
    { "X-Forwarded-Uri": `/${"a".repeat(9000)}`, "X-Forwarded-Host": "app.example.com" },
    { "X-Forwarded-Uri": "\u00ff\u00fe", "X-Forwarded-Host": "%%%" },
    { "X-Forwarded-Host": "[::1]:443", "X-Forwarded-Uri": "//" },
  ];
  for (const headers of odd) {
    const answer = await request.get("/api/verify", { headers: { ...headers, Cookie } });
    expect(answer.status(), JSON.stringify(headers)).toBe(200);
    expect(answer.headers()["remote-user"]).toBe(user.id);
  }
  for (const headers of odd) {
    const answer = await request.get("/api/verify?redirect", { headers, maxRedirects: 0 });
    expect(answer.status(), JSON.stringify(headers)).toBe(401);
  }
});

test.describe("with applications behind the proxy", () => {
  let server: TestServer;

  test.beforeAll(async () => {
    server = await startServer({
      ALLOWED_RETURN_HOSTS: "app.example.com,*.team.example.com",
      VERIFY_RULES: `
        app.example.com user; app.example.com/admin admin; *.team.example.com user
        app.example.com/open public; app.example.com/api GET user
      `,
      VERIFY_REMOTE_USER: "email",
    });
  });
  test.afterAll(() => server.stop());

  test("the log-in address carries a return address only for an allowed host", async ({ request }) => {
    for (const [asked, next] of [
      ["https://app.example.com/a?b=c&d", "https://app.example.com/a?b=c&d"],
      [`https://app.example.com/${"a".repeat(2900)}`, `https://app.example.com/${"a".repeat(2900)}`],
      ["https://app.example.com:443/a", "https://app.example.com/a"],
      ["https://a.team.example.com/", "https://a.team.example.com/"],
      ["http://a.team.example.com/", "http://a.team.example.com/"],
      ["https://evil.example/", null],
      ["https://app.example.com:8443/", null],
      ["https://app.example.com@evil.example/", null],
      ["https://evil.example/x\\@app.example.com", null],
      ["javascript://app.example.com/%0aalert(1)", null],
      ["https://app.example.com.evil.example/", null],
    ] as const) {
      const answer = await request.get(`${server.url}/api/verify`, { headers: original(asked), maxRedirects: 0 });
      const query = next ? `?next=${encodeURIComponent(next)}` : "";
      expect(answer.headers().location, asked).toBe(`${server.url}/login${query}`);
    }
  });

  test("the log-in page says when an address is too long to return to", async ({ page }) => {
    const headers = original(`https://app.example.com/${"a".repeat(5000)}`);
    const answer = await page.request.get(`${server.url}/api/verify`, { headers, maxRedirects: 0 });
    await page.goto(String(answer.headers().location));
    await expect(page.getByText("too long to return to")).toBeVisible();
  });

  test("with ?redirect, a page request gets a 302 and every other request a 401", async ({ request }) => {
    const status = async (headers: Record<string, string>) =>
      (await request.get(`${server.url}/api/verify?redirect`, { headers, maxRedirects: 0 })).status();
    const app = "https://app.example.com/";

    expect(await status({ ...original(app), ...PAGE })).toBe(302);
    expect(await status({ ...original(app, "HEAD"), ...PAGE })).toBe(302);
    expect(await status({ ...original(app, "POST"), ...PAGE })).toBe(401);
    expect(await status({ ...original(app), Accept: "*/*" })).toBe(401);
    expect(await status(PAGE)).toBe(401);
  });

  test("rules decide who is let in, and the refusal page names the user but not the requested page", async ({
    request,
    user,
  }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const ask = (url: string | null) =>
      request.get(`${server.url}/api/verify`, { headers: { Cookie, ...(url && original(url)), ...PAGE } });

    expect((await ask("https://app.example.com/")).status()).toBe(200);
    expect((await ask("https://APP.example.com.:8443/")).status()).toBe(200);
    for (const url of [
      "https://app.example.com/admin",
      "https://app.example.com/public/..%2fadmin",
      "https://app.example.com, evil.example/",
      "https://other.example.com/",
      "https://team.example.com/",
      null,
    ])
      expect((await ask(url)).status(), String(url)).toBe(403);

    const refused = await ask("https://app.example.com/admin/secret-page");
    expect(await refused.text()).toContain(user.email);
    expect(await refused.text()).not.toContain("secret-page");
    expect(refused.headers()["content-security-policy"]).toContain("default-src 'none'");
  });

  test("an address that parsers could read differently is refused, and the page says why", async ({
    request,
    user,
  }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    for (const uri of ["/x#/../admin", "/x#", `/${"a".repeat(3000)}`, "/%ff"]) {
      const headers = { Cookie, ...original(`https://app.example.com${uri}`), ...PAGE };
      const answer = await request.get(`${server.url}/api/verify`, { headers });
      expect(answer.status(), uri).toBe(403);
      expect(await answer.text()).toContain("The address is too long or ambiguous.");
    }
    for (const uri of ["/a".repeat(2000), "/%ff", "/50%"]) {
      const headers = { Cookie, ...original(`https://a.team.example.com${uri}`) };
      expect((await request.get(`${server.url}/api/verify`, { headers })).status(), uri).toBe(200);
    }
  });

  test("a public path is open without a session, with empty identity headers", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const nobody = { "remote-user": "", "remote-email": "", "remote-name": "", "remote-groups": "" };
    for (const headers of [{}, { Cookie }, { Cookie: "session=nonsense" }] as Record<string, string>[]) {
      const answer = await request.get(`${server.url}/api/verify`, {
        headers: { ...headers, ...original("https://app.example.com/open/x.css") },
      });
      expect(answer.status()).toBe(200);
      expect(answer.headers()).toMatchObject(nobody);
      expect(answer.headers()).not.toHaveProperty("set-cookie");
    }
    for (const uri of ["/open/../x", "/open/..;/x", "/open#/../x", "/opening"])
      expect(
        (
          await request.get(`${server.url}/api/verify`, { headers: original(`https://app.example.com${uri}`) })
        ).status(),
        uri,
      ).toBe(401);
  });

  test("a rule for one method allows no other, not even by a method override", async ({ request, user }) => {
    const Cookie = `${cookieName(server.url)}=${await newSession(user)}`;
    const status = async (method: string, uri: string, headers = {}) =>
      (
        await request.get(`${server.url}/api/verify`, {
          headers: { Cookie, ...original(`https://app.example.com${uri}`, method), ...headers },
        })
      ).status();
    expect(await status("GET", "/api/x")).toBe(200);
    expect(await status("HEAD", "/api/x")).toBe(200);
    expect(await status("DELETE", "/api/x")).toBe(403);
    expect(await status("GET", "/api/x?_method=delete")).toBe(403);
    expect(await status("GET", "/api/x", { "X-HTTP-Method-Override": "DELETE" })).toBe(403);
    expect(await status("GET", "/", { "X-Original-URL": "/admin" })).toBe(403);
    expect(await status("GET", "/", { "X-Rewrite-URL": "https://app.example.com/x" })).toBe(200);
  });

  test("with VERIFY_REMOTE_USER=email, Remote-User is the user's email address", async ({ request, user }) => {
    const headers = {
      Cookie: `${cookieName(server.url)}=${await newSession(user)}`,
      ...original("https://app.example.com/"),
    };
    const answer = await request.get(`${server.url}/api/verify`, { headers });
    expect(answer.headers()["remote-user"]).toBe(user.email);
  });

  test("with ?redirect, a request by a script gets a 401, and a navigation a 302", async ({ request }) => {
    const status = async (mode: string, to: string) => {
      const headers = { ...original("https://app.example.com/"), ...PAGE };
      return (
        await request.get(`${server.url}/api/verify?redirect`, {
          headers: { ...headers, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": to },
          maxRedirects: 0,
        })
      ).status();
    };
    for (const to of ["document", "iframe"]) expect(await status("navigate", to), to).toBe(302);
    for (const mode of ["cors", "no-cors", "same-origin", "websocket"]) expect(await status(mode, "empty")).toBe(401);
  });

  test("a form submitted after the session ended gets a page that says how to keep what was typed", async ({
    request,
  }) => {
    const headers = { ...original("https://app.example.com/save", "POST"), ...PAGE };
    for (const query of ["", "?redirect", "?page"]) {
      const answer = await request.get(`${server.url}/api/verify${query}`, { headers, maxRedirects: 0 });
      expect(answer.status(), query).toBe(401);
      expect(answer.headers()["content-type"]).toContain("text/html");
      expect(await answer.text()).toContain("then reload this page to send what you typed");
      expect(await answer.text()).toContain(`href="${server.url}/login" target="_blank"`);
      expect("latchkey-page" in answer.headers()).toBe(query === "?page");
    }
    const script = await request.get(`${server.url}/api/verify`, { headers: { ...headers, "Sec-Fetch-Mode": "cors" } });
    expect(script.headers()["content-type"]).toBe("application/problem+json");
  });

  test("with ?page, the page is also in a header, as one line of ASCII", async ({ request, user }) => {
    await db().user.update({ where: { id: user.id }, data: { name: "Zoë <b>\u674e\u{1f511}" } });
    const headers = {
      Cookie: `${cookieName(server.url)}=${await newSession(user)}`,
      ...original("https://app.example.com/admin"),
    };
    const answer = await request.get(`${server.url}/api/verify?page`, { headers: { ...headers, ...PAGE } });
    expect(answer.status()).toBe(403);
    expect(answer.headers()["latchkey-page"]).toMatch(
      /^<!doctype html>[ -~]*Zo&#235; &lt;b&gt;&#26446;&#128273;[ -~]*$/,
    );
    const script = await request.get(`${server.url}/api/verify?page`, { headers });
    expect(script.headers()).not.toHaveProperty("latchkey-page");
  });

  test("a refused request is logged, and an allowed one is not", async ({ request, user }) => {
    const quiet = await startServer({ LOG_LEVEL: "info" });
    const Cookie = `${cookieName(quiet.url)}=${await newSession(user)}`;
    expect((await request.get(`${quiet.url}/api/verify`, { headers: { Cookie } })).status()).toBe(200);
    expect((await request.get(`${quiet.url}/api/verify`)).status()).toBe(401);
    await quiet.stop();
    const lines = quiet
      .said()
      .split("\n")
      .filter((line) => line.includes('"/api/verify"'));
    expect(lines.map((line) => JSON.parse(line).status)).toEqual([401]);
  });

  for (const next of [
    "https://evil.example#app.example.com",
    "https://app.example.com@evil.example",
    "https:app.example.com",
    "//app.example.com",
    "\\\\app.example.com",
    "https://app.example.com\\.evil.example",
    "https://evil.example/?https://app.example.com/",
  ]) {
    test(`logging in never leads to a host that is not allowed: ${next}`, async ({ page }) => {
      const user = await newUser();
      await page.goto(`${server.url}/login?next=${encodeURIComponent(next)}`);
      await submitLogin(page, user);
      await expect(page).toHaveURL(`${server.url}/dashboard`);
      await db().user.delete({ where: { id: user.id } });
    });
  }

  test("only the log-in page's policy lets its form redirect to the allowed hosts", async ({ request }) => {
    const actions = async (path: string) =>
      /form-action ([^;]*)/.exec(
        (await request.get(server.url + path)).headers()["content-security-policy"] ?? "",
      )?.[1];
    expect(await actions("/login")).toBe("'self' http://app.example.com http://*.team.example.com");
    expect(await actions("/logout")).toBe("'self'");
  });
});
