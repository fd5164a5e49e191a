import { connect } from "node:net";
import { db } from "@/lib/db";
import { expect, newUser, sessionCookie, submitLogin, test } from "./fixtures";
import { actionNumber, postLogin } from "./post-action";
import { startServer } from "./server";

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
  {},
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site", Origin: BASE },
  { "Sec-Fetch-Site": "none", Origin: BASE },
  { "Sec-Fetch-Site": "cross-site", Origin: BASE },
];

for (const headers of FOREIGN) {
  test(`a log-in that no page of ours sent is refused with a page that says so: ${JSON.stringify(headers)}`, async ({
    request,
    user,
  }) => {
    const answer = await request.post("/login", { headers, multipart: { email: user.email, password: user.password } });

    expect(answer.status()).toBe(403);
    expect(await answer.text()).toContain("This was not sent by Latchkey");
    expect(answer.headers()).not.toHaveProperty("set-cookie");
  });
}

for (const origin of [BASE, BASE.replace("localhost", "127.0.0.1"), BASE.replace("localhost", "[::1]")]) {
  test(`this machine is one place, by whatever name: ${new URL(origin).hostname}`, async ({ page, user }) => {
    await page.goto(`${origin}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(`${origin}/dashboard`);
  });
}

test("who asks for this machine under another name is answered nothing (DNS rebinding)", async ({ request }) => {
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
  test(`an offer to speak another protocol is ignored, and the connection serves on: ${name}`, async ({ request }) => {
    // Next.js would listen for one once it has answered something.
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
    // Its body is read: what follows it is the next request.
    expect(await ask("POST /dashboard", "a".repeat(5000))).toBe("HTTP/1.1 405 Method Not Allowed");
    expect(await ask("GET /api/session")).toBe("HTTP/1.1 401 Unauthorized");
    socket.destroy();
  });
}

/** Whether this is all of one response: as long as it says, or with the last of its chunks. */
function isWhole(text: string): boolean {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return length ? rest.join("\r\n\r\n").length >= Number(length) : text.endsWith("\r\n0\r\n\r\n");
}

for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
  test(`${method} is not how anything here works`, async ({ request }) => {
    for (const path of ["/login", "/dashboard", "/api/session", "/logout/end", "/nothing"]) {
      const answer = await request.fetch(path, { method, headers: { Origin: BASE }, maxRedirects: 0 });
      expect(answer.status()).toBe(405);
      expect(answer.headers().allow).toContain("GET");
    }
  });
}

test("a page takes no form but its own, and a route no method but its own", async ({ request }) => {
  const post = (path: string) => request.post(path, { headers: { Origin: BASE }, form: { a: "b" }, maxRedirects: 0 });

  for (const path of ["/", "/login", "/logout", "/api/session"]) expect((await post(path)).status(), path).toBe(405);
  expect((await request.get("/logout/end", { maxRedirects: 0 })).status()).toBe(405);
});

test("GET of an action does nothing but show the page", async ({ request }) => {
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
  ["a form that breaks off", 400, FORM, "--x\r\nContent-Disposition: form-data; na"],
  ["ten megabytes of form", 413, FORM, Buffer.alloc(10_000_000, "a")],
  ["a little more than fits", 413, "application/x-www-form-urlencoded", Buffer.alloc(64 * 1024 + 1, "a")],
  [
    "invalid UTF-8",
    400,
    FORM,
    Buffer.concat([Buffer.from(action + field("email", "a")), Buffer.from([0xff, 0xfe]), Buffer.from("--x--\r\n")]),
  ],
  ["a NUL byte", 400, FORM, `${action}${field("email", "a\u0000b")}--x--\r\n`],
];

for (const [what, status, type, data] of malformed) {
  test(`${what} is a ${status}`, async ({ request }) => {
    const answer = await request.post("/login", { headers: { Origin: BASE, "Content-Type": type }, data });
    expect(answer.status()).toBe(status);
  });
}

const fields: Record<string, [string, string][]> = {
  "an unknown field": [["email", "a@example.com"], ["password", "x"], ["role", "admin"]], // biome-ignore format: one case a line
  "a repeated field": [["email", "a@example.com"], ["email", "b@example.com"], ["password", "x"]], // biome-ignore format: one case a line
  "a field named __proto__": [["__proto__", "x"]],
  "a field named constructor": [["constructor", "x"], ["email", "a@example.com"], ["password", "x"]], // biome-ignore format: one case a line
};

for (const [what, sent] of Object.entries(fields)) {
  test(`a form with ${what} is a 400`, async () => {
    expect(await postLogin(sent)).toMatchObject({ status: 400, isIn: false });
  });
}

test("a form with the fields that it has logs in: what is refused above is refused for its fields", async ({
  user,
}) => {
  const { isIn } = await postLogin(Object.entries({ email: user.email, password: user.password, next: "/dashboard" }));
  expect(isIn).toBe(true);
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
  test(`an action called with ${args || "nothing"} is a 400 and no crash`, async ({ request }) => {
    const headers = { Origin: BASE, "Next-Action": LOGIN, "Content-Type": "text/plain;charset=UTF-8" };
    expect((await request.post("/login", { headers, data: Buffer.from(args) })).status()).toBe(400);
  });
}

test("an action from before an update is a 409, and does nothing", async ({ request }) => {
  const headers = { Origin: BASE, "Next-Action": "60".padEnd(42, "0"), "Content-Type": "text/plain;charset=UTF-8" };
  expect((await request.post("/login", { headers, data: "[]" })).status()).toBe(409);
});

test("who sends a form of a page from before an update is told to load it again", async ({ page, user }) => {
  await page.goto("/login");
  await page.route("**/login", (route) => {
    const headers = { ...route.request().headers(), "next-action": "60".padEnd(42, "0") };
    return route.continue(route.request().method() === "POST" ? { headers } : {});
  });
  await submitLogin(page, user);

  await expect(page.getByText("There is a newer version of this page")).toBeVisible();
});

test("logging in as another, from a form that was still open, leaves one session: the other's", async ({
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

  // The page that was open leaves by itself, and finds the other.
  await expect(page.getByText(other.email).first()).toBeVisible();
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
  expect(await db().session.count({ where: { userId: other.id } })).toBe(1);
  await db().user.delete({ where: { id: other.id } });
});

test("a form that is sent twice at once leaves the browser signed in, with one cookie that is good", async ({
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

test("a log-in that is replayed is a new log-in: it brings back no session that has ended", async ({
  page,
  user,
  logIn,
}) => {
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await logIn(page);
  const { session: first } = await (await page.request.get("/api/session")).json();
  const replayed = await sent;
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByText("You are logged out.")).toBeVisible();

  const { cookie: _, ...headers } = await replayed.allHeaders();
  await page.request.post("/login", { headers, data: replayed.postDataBuffer() ?? "" });
  const { session: second } = await (await page.request.get("/api/session")).json();
  expect(second.handle).not.toBe(first.handle);
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

test("a proxy that nobody trusts cannot say who the client is", async ({ page, user }) => {
  const server = await startServer({ TRUSTED_PROXIES: "" });
  await page.setExtraHTTPHeaders({ "X-Forwarded-For": "198.51.100.9" });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);

  const { session } = await (await page.request.get(`${server.url}/api/session`)).json();
  expect(session.ipAddress).toMatch(/^(127\.0\.0\.1|::1)$/);
  // So that no page misses the server.
  await page.goto("about:blank");
  await server.stop();
});
