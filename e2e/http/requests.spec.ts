import { once } from "node:events";
import { connect } from "node:net";
import { expect, newSession, newUser, sessionCookie, submitLogin, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { actionNumber, fromSomewhere, postLogin } from "@/testing/post-action";
import { startServer } from "@/testing/server";

const BASE = String(process.env.APP_URL);
const LOGIN = actionNumber("login");

const FOREIGN: Record<string, string>[] = [
  { Origin: "http://evil.example" },
  { Origin: "http://evil.example", "X-Forwarded-Host": "evil.example" },
  { Origin: "http://evil.example", Host: "evil.example" },
  { Origin: "file://" },
  { Origin: "null" },
  { Origin: "" },
  { Origin: "%" },
  { Origin: BASE.replace("//", "//x@") },
  { Origin: BASE.toUpperCase() },
  {},
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site", Origin: BASE },
  { "Sec-Fetch-Site": "none", Origin: BASE },
  { "Sec-Fetch-Site": "cross-site", Origin: BASE },
];

for (const headers of FOREIGN) {
  test(`a log-in that none of our pages sent is refused with a page that says so: ${JSON.stringify(headers)}`, async ({
    request,
    user,
  }) => {
    const answer = await request.post("/login", { headers, multipart: { email: user.email, password: user.password } });

    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain("Request blocked");
    expect(answer.headers()).not.toHaveProperty("set-cookie");
  });
}

for (const origin of [BASE, BASE.replace("localhost", "127.0.0.1"), BASE.replace("localhost", "[::1]")]) {
  test(`logging in works under every name of this machine: ${new URL(origin).hostname}`, async ({ page, user }) => {
    await page.goto(`${origin}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(`${origin}/dashboard`);
  });
}

test("a request for another host name is refused (DNS rebinding)", async ({ request }) => {
  for (const path of ["/login?demo", "/api/session"]) {
    const answer = await request.get(path, { headers: { Host: "evil.example" } });
    expect(answer.status()).toBe(421);
  }
});

for (const offer of [
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
  "Connection: keep-alive, upgrade\r\nUpgrade: TLS/1.0, nothing/1",
]) {
  const name = /Upgrade: (.*)/.exec(offer)?.[1];
  test(`an offer to upgrade the protocol is ignored, and the connection stays usable: ${name}`, async ({ request }) => {
    // After its first response Next.js would listen for upgrades.
    await request.get("/login");
    const { hostname, port, host } = new URL(BASE);
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    let told = "";
    socket.on("data", (text) => (told += text));
    const ask = async (line: string, body = "") => {
      told = "";
      const head = [`${line} HTTP/1.1`, `Host: ${host}`, `Origin: ${BASE}`, `Content-Length: ${body.length}`, offer];
      socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
      await expect.poll(() => isWhole(told)).toBe(true);
      return told.split("\r\n", 1)[0];
    };

    expect(await ask("GET /api/verify")).toBe("HTTP/1.1 401 Unauthorized");
    expect(await ask("GET /login")).toBe("HTTP/1.1 200 OK");
    // The server must read this body, or it would take it for the next request.
    expect(await ask("POST /dashboard", "a".repeat(5000))).toBe("HTTP/1.1 405 Method Not Allowed");
    expect(await ask("GET /api/session")).toBe("HTTP/1.1 401 Unauthorized");
    socket.destroy();
  });
}

/** Whether this is one complete response: it has its Content-Length, or its last chunk. */
function isWhole(text: string): boolean {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return length ? rest.join("\r\n\r\n").length >= Number(length) : text.endsWith("\r\n0\r\n\r\n");
}

for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
  test(`${method} is refused everywhere, with the allowed methods`, async ({ request }) => {
    for (const path of ["/login", "/dashboard", "/api/session", "/logout/end", "/nothing"]) {
      const answer = await request.fetch(path, { method, headers: { Origin: BASE }, maxRedirects: 0 });
      expect(answer.status()).toBe(405);
      expect(answer.headers().allow).toContain("GET");
    }
  });
}

test("localhost is accepted in any spelling, for pages and forms", async ({ user }) => {
  const { port } = new URL(BASE);
  for (const host of [`LOCALHOST:${port}`, `localhost.:${port}`, `LocalHost:0${port}`, `[0:0:0:0:0:0:0:1]:${port}`]) {
    expect((await raw(`GET /login HTTP/1.1\r\nHost: ${host}`)).status, host).toBe(200);
    expect((await raw(`GET http://${host}/login HTTP/1.1\r\nHost: evil.example`)).status, host).toBe(200);
    const body = new FormData();
    for (const [name, value] of Object.entries({ email: user.email, password: user.password }))
      body.append(`_1_${name}`, value);
    body.append("0", '[{},"$K1"]');
    const form = new Response(body);
    const text = await form.text();
    const head = `POST /login HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${BASE}\r\nNext-Action: ${LOGIN}`;
    const type = `Content-Type: ${form.headers.get("content-type")}\r\nContent-Length: ${text.length}`;
    expect((await raw(`${head}\r\n${type}`, text)).head, host).toContain(`${cookieName()}=Fe26`);
  }
  expect((await raw("GET /login HTTP/1.0")).status).toBe(200);
});

test("another host name is refused in any spelling, and so is a request with no Host or two", async () => {
  const { port } = new URL(BASE);
  for (const host of ["localhost", `x@localhost:${port}`, `localhost.evil.example:${port}`, ""])
    expect((await raw(`GET /login HTTP/1.1\r\nHost: ${host}`)).status, host).toBe(421);
  expect((await raw(`GET http://evil.example/login HTTP/1.1\r\nHost: localhost:${port}`)).status).toBe(421);
  expect((await raw("GET /login HTTP/1.1")).status).toBe(400);
  expect((await raw(`GET /login HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil.example`)).status).toBe(400);
});

for (const target of [
  "/x/../api/verify",
  "/%2e%2E/api/verify",
  "/_next/static/../../api/verify",
  "/_next/static/%2e%2e/%2e%2e/api/verify",
  "//api/verify",
  "/\\api/verify",
  "/api\\verify",
  "/api//verify/",
  "http://localhost/api/verify",
]) {
  test(`${target} reaches the API and is refused, whatever control headers are added`, async () => {
    const { host } = new URL(BASE);
    const head = `GET ${target.replace("http://localhost", BASE)} HTTP/1.1\r\nHost: ${host}`;
    for (const orders of ["", "\r\nX-Middleware-Prefetch: 1", "\r\nRSC: 1\r\nNext-Action: x"]) {
      const answer = await raw(head + orders);
      expect(answer.status).toBe(401);
      expect(answer.head).toMatch(/content-type: application\/problem\+json/i);
    }
  });
}

test("a client's X-Middleware-Prefetch header changes nothing", async () => {
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${new URL(BASE).host}\r\nX-Middleware-Prefetch: 1`;
  expect((await raw(head("/dashboard"))).status).toBe(307);
  expect((await raw(head("/login"))).head).toContain("text/html");
});

for (const [target, status] of [
  ["/api/%", 400],
  ["/api/%C0", 400],
  ["/api/session?a=%00", 400],
  ["/api/x#/../session", 400],
  ["/api", 404],
  ["/api/", 404],
  ["/api/nothing", 404],
] as const) {
  test(`${target} gets a ${status} as problem+json`, async () => {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: ${new URL(BASE).host}`);
    expect(answer.status).toBe(status);
    expect(answer.head).toMatch(/content-type: application\/problem\+json/i);
  });
}

for (const target of ["/outbox/%/html", "/admin/users/%C0", "/admin/users?search=%00", "/login?next=%00", "/#", "*"]) {
  test(`${target} gets a 400 with a page that says why`, async () => {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: ${new URL(BASE).host}`);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("We couldn&#39;t read this request");
  });
}

test("internal pages of Next.js are not found", async ({ request, user }) => {
  const headers = { Cookie: `${cookieName()}=${await newSession(user)}` };
  for (const path of ["/_global-error", "/_not-found", "/_error", "/_next/image?url=/icon.svg&w=64", "/login.rsc"]) {
    const answer = await request.get(path, { headers, maxRedirects: 0 });
    expect(answer.status(), path).toBe(404);
    expect(await answer.text(), path).toContain("Page not found");
  }
});

test("well-known files are served without a redirect to the log-in page", async ({ request }) => {
  const get = (path: string) => request.get(path, { maxRedirects: 0 });
  for (const path of [
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
    "/apple-icon.png",
  ]) {
    const answer = await get(path);
    expect(answer.status(), path).toBe(200);
    expect(answer.headers()["content-type"], path).toMatch(/^image\//);
    expect(answer.headers()["cache-control"], path).not.toBe("no-store");
  }
  expect(await (await get("/robots.txt")).text()).toContain("Disallow: /");
  const change = await get("/.well-known/change-password");
  expect([change.status(), change.headers().location]).toEqual([303, "/account#password"]);
  for (const path of ["security.txt", "nothing", "change-password/x"])
    expect((await get(`/.well-known/${path}`)).status(), path).toBe(404);
});

/** Sends this head unchanged, and a body, and returns the response. */
async function raw(head: string, body = ""): Promise<{ status: number; head: string; text: string }> {
  const { hostname, port } = new URL(BASE);
  const socket = connect(Number(port), hostname);
  let said = "";
  socket.on("data", (chunk) => {
    said += chunk;
  });
  const more = Object.entries({ ...fromSomewhere(), Connection: "close" }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${[head, ...more].join("\r\n")}\r\n\r\n${body}`);
  await once(socket, "close");
  const [answered = "", ...text] = said.split("\r\n\r\n");
  return { status: Number(answered.split(" ")[1]), head: answered, text: text.join("") };
}

test("a page refuses a form that does not name an action, and a route refuses a method that it does not have", async ({
  request,
}) => {
  const post = (path: string) => request.post(path, { headers: { Origin: BASE }, form: { a: "b" }, maxRedirects: 0 });

  for (const path of ["/", "/login", "/logout", "/api/session"]) expect((await post(path)).status(), path).toBe(405);
  expect((await request.get("/logout/end", { maxRedirects: 0 })).status()).toBe(405);
});

test("a GET with the id of an action only shows the page", async ({ request }) => {
  const answer = await request.get("/login?email=a@example.com&password=x", {
    headers: { "Next-Action": LOGIN, Origin: BASE },
  });
  expect(answer.status()).toBe(200);
  expect(answer.headers()).not.toHaveProperty("set-cookie");
});

const FORM = "multipart/form-data; boundary=x";
const field = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const action = Object.entries({ [`$ACTION_ID_${LOGIN}`]: "" })
  .map(([name, value]) => field(name, value))
  .join("");

const malformed: [what: string, status: number, type: string, body: string | Buffer][] = [
  ["a form without a boundary", 400, "multipart/form-data", "x"],
  ["a truncated form", 400, FORM, "--x\r\nContent-Disposition: form-data; na"],
  ["a form of 10 MB", 413, FORM, Buffer.alloc(10_000_000, "a")],
  ["a body one byte over the limit", 413, "application/x-www-form-urlencoded", Buffer.alloc(64 * 1024 + 1, "a")],
  [
    "invalid UTF-8",
    400,
    FORM,
    Buffer.concat([Buffer.from(action + field("email", "a")), Buffer.from([0xff, 0xfe]), Buffer.from("--x--\r\n")]),
  ],
  ["a NUL byte", 400, FORM, `${action}${field("email", "a\u0000b")}--x--\r\n`],
];

for (const [what, status, type, data] of malformed) {
  test(`${what} gets a ${status}`, async ({ request }) => {
    const answer = await request.post("/login", { headers: { Origin: BASE, "Content-Type": type }, data });
    expect(answer.status()).toBe(status);
  });
}

const fields: Record<string, [string, string][]> = {
  "a repeated field": [["email", "a@example.com"], ["email", "b@example.com"], ["password", "x"]], // biome-ignore format: one case a line
};

for (const [what, sent] of Object.entries(fields)) {
  test(`a form with ${what} gets a 400`, async () => {
    expect(await postLogin(sent)).toMatchObject({ status: 400, isIn: false });
  });
}

test("a log-in form with fields added by an extension works, and the fields change nothing", async ({ user }) => {
  const added = [
    ["__proto__", "x"],
    ["constructor", "x"],
    ["role", "admin"],
    ["role", "admin"],
    ["extension-id", "x".repeat(2000)],
  ] as [string, string][];
  const own = Object.entries({ email: user.email, password: user.password, next: "/dashboard" });
  expect(await postLogin([...added, ...own])).toMatchObject({ isIn: true });
  expect(await db().user.findUniqueOrThrow({ where: { id: user.id }, select: { role: true } })).toEqual({
    role: "user",
  });
});

for (const args of [
  "",
  "[]",
  "[1,2]",
  '[null,{"get":1}]',
  '["$Q1"]',
  "{}",
  "not JSON",
  '[{},"$F1"]',
  '[{},"$B1"]',
  "[{},NaN]",
]) {
  test(`an action called with ${args || "nothing"} gets a 400 and does not crash`, async ({ request }) => {
    const headers = { Origin: BASE, "Next-Action": LOGIN, "Content-Type": "text/plain;charset=UTF-8" };
    expect((await request.post("/login", { headers, data: Buffer.from(args) })).status()).toBe(400);
  });
}

test("an action from before an update gets a 409", async ({ request }) => {
  const headers = { Origin: BASE, "Next-Action": "60".padEnd(42, "0"), "Content-Type": "text/plain;charset=UTF-8" };
  expect((await request.post("/login", { headers, data: "[]" })).status()).toBe(409);
});

test("a form sent from a page older than an update asks the user to reload, and keeps its fields", async ({
  page,
  user,
}) => {
  await page.goto("/login");
  await page.route("**/login", (route) => {
    const headers = { ...route.request().headers(), "next-action": "60".padEnd(42, "0") };
    return route.continue(route.request().method() === "POST" ? { headers } : {});
  });
  await submitLogin(page, user);

  await expect(page.getByText("This page has been updated")).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(user.email);
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue(user.password);
  await page.getByRole("button", { name: "Reload page" }).click();
  await expect(page.getByText("This page has been updated")).toHaveCount(0);
});

test("logging in as another user from a form left open leaves one session: the new user's", async ({
  page,
  user,
  logIn,
}) => {
  const other = await newUser();
  const form = await page.context().newPage();
  await form.goto("/login");
  await logIn(page);
  await submitLogin(form, other);
  await expect(form).toHaveURL("/dashboard");

  // The first user's open page reloads by itself, and shows the new user.
  await expect(page.getByText(other.email).first()).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
  expect(await db().session.count({ where: { userId: other.id } })).toBe(1);
  await db().user.delete({ where: { id: other.id } });
});

test("a log-in form submitted twice at once leaves the browser logged in with one valid cookie", async ({
  browser,
  user,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: BASE });
  const page = await context.newPage();
  await page.goto("/login");
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Log in" }).dblclick();
  await expect(page).toHaveURL("/dashboard");

  expect(await sessionCookie(page)).not.toBeNull();
  expect((await page.request.get("/api/session")).status()).toBe(200);
  await context.close();
});

test("a replayed log-in starts a new session and does not bring back the ended one", async ({ page, user }) => {
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await page.goto("/login");
  await submitLogin(page, user);
  await expect(page).toHaveURL("/dashboard");
  const { session: first } = await (await page.request.get("/api/session")).json();
  const replayed = await sent;
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByText("You've logged out.")).toBeVisible();

  const { cookie: _, ...headers } = await replayed.allHeaders();
  await page.request.post("/login", { headers, data: replayed.postDataBuffer() ?? "" });
  const { session: second } = await (await page.request.get("/api/session")).json();
  expect(second.handle).not.toBe(first.handle);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

test("an untrusted proxy cannot set the client's address", async ({ page, user }) => {
  const server = await startServer({ TRUSTED_PROXIES: "" });
  await page.setExtraHTTPHeaders({ "X-Forwarded-For": "198.51.100.9" });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);

  const { session } = await (await page.request.get(`${server.url}/api/session`)).json();
  expect(session.ipAddress).toMatch(/^(127\.0\.0\.1|::1)$/);
  await server.stop();
});
