import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "@/e2e/support/fixtures";
import { ROUTES } from "@/e2e/support/inputs";
import { db } from "@/lib/db";
import { cookieName } from "@/testing/cookie-name";
import { startServer, type TestServer } from "@/testing/server";

const BUILD = String(process.env.BUILD_DIR);
const UNGUARDED = `${BUILD}-without-middleware`;

/** Who may use each page, route and action according to docs/access.md, keyed by the first column of its tables. */
const ACCESS = new Map(
  [...readFileSync("docs/access.md", "utf8").matchAll(/^\| `([^`]+)` +\| ([a-z ]+?) +\|/gm)].map(([, what, who]) => [
    String(what),
    String(who),
  ]),
);

/** The pages, routes or actions that need a session ("anybody"), or only those for administrators. */
function guarded<T extends { name: string }>(all: T[], who: "anybody" | "administrators"): T[] {
  return all.filter(({ name }) => (who === "anybody" ? ACCESS.get(name) !== "everybody" : ACCESS.get(name) === who));
}

function read(file: string) {
  return JSON.parse(readFileSync(`${BUILD}/${file}`, "utf8"));
}

const routes = ROUTES.map((name) => ({ name }));
const actions = Object.entries(
  read("server/server-reference-manifest.json").node as Record<string, { filename: string; exportedName: string }>,
).map(([id, { filename, exportedName }]) => ({ id, name: `${filename} ${exportedName}` }));

test("docs/access.md lists exactly the pages, routes and actions of the build", () => {
  const there = [...routes, ...actions].map(({ name }) => name);

  expect([...ACCESS.keys()].sort()).toEqual([...there, "/api/{path}"].sort());
});

test("a visitor without a session is redirected to the log-in page before anything renders, with path and query kept", async ({
  request,
}) => {
  const answer = await request.get("/dashboard?a=1&b=%2F", { maxRedirects: 0 });

  expect(answer.status()).toBe(307);
  expect(answer.headers().location).toBe("/login?next=%2Fdashboard%3Fa%3D1%26b%3D%252F");
});

for (const path of ["/nothing", "/Dashboard", "/%64ashboard", "/login/x", "/logout.txt", "/apix"]) {
  test(`a path not listed as public needs a session: ${path}`, async ({ request }) => {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect(answer.status()).toBe(307);
    expect(answer.headers().location).toBe(`/login?next=${encodeURIComponent(path)}`);
    expect(answer.headers()["cache-control"]).toBe("no-store");
  });
}

for (const path of [
  "/",
  "/login",
  "/logout",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/outbox",
]) {
  test(`a path listed as public needs no session: ${path}`, async ({ request }) => {
    expect((await request.get(path, { maxRedirects: 0 })).status()).toBe(200);
  });
}

test("the middleware redirects in one direction only: the cookie of an ended session causes no loop", async ({
  page,
  logIn,
  user,
}) => {
  await logIn(page);
  await db().session.deleteMany({ where: { userId: user.id } });
  await page.goto("/dashboard");

  await expect(page).toHaveURL("/login?next=%2Fdashboard");
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
});

test("headers that bypass the middleware in some Next.js versions bypass no guard", async ({ request }) => {
  for (const value of [
    "middleware",
    "src/middleware",
    Array(5).fill("middleware").join(":"),
    Array(5).fill("src/middleware").join(":"),
  ]) {
    const headers = {
      "x-middleware-subrequest": value,
      "x-middleware-next": "1",
      "x-middleware-rewrite": "/dashboard",
      // The server sets this header itself to skip the middleware.
      "x-latchkey-opened": "1",
    };
    const answer = await request.get("/dashboard", { maxRedirects: 0, headers });
    expect(answer.status()).toBe(307);
    expect(await answer.text()).not.toContain("This device");
  }
});

test.describe("without the middleware", () => {
  // One process only: a second one would copy the build again, and so restore the middleware.
  test.describe.configure({ mode: "default" });
  let server: TestServer;

  test.beforeAll(async () => {
    cpSync(BUILD, UNGUARDED, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/[\\/](cache|trace|dev)$/.test(path),
    });
    const none = { version: 3, middleware: {}, sortedMiddleware: [], functions: {} };
    writeFileSync(`${UNGUARDED}/server/middleware-manifest.json`, JSON.stringify(none));
    server = await startServer({ BUILD_DIR: UNGUARDED });
  });

  test.afterAll(() => server.stop());

  test("the middleware is really gone: a cookie that is not ours is not cleaned up", async ({ request }) => {
    for (const [url, isThere] of [
      ["", true],
      [server.url, false],
    ] as const) {
      const headers = { Cookie: `${cookieName(url || undefined)}=junk` };
      const answer = await request.get(`${url}/login`, { headers });
      expect(answer.status()).toBe(200);
      expect("set-cookie" in answer.headers()).toBe(isThere);
    }
  });

  // It has a build of its own, of which a file can be lost.
  test("a script that was lost since the server started gets a page, which is not labelled as compressed", async ({
    request,
  }) => {
    const [, path = ""] =
      /"(\/_next\/static\/chunks\/[^"]+\.js)"/.exec(await (await request.get(`${server.url}/login`)).text()) ?? [];
    const file = `${UNGUARDED}${path.replace("/_next", "")}`;
    for (const ending of ["", ".br", ".gz"]) rmSync(`${file}${ending}`);
    const answer = await request.get(`${server.url}${path}`, { headers: { "Accept-Encoding": "br" } });
    expect([answer.status() >= 400, answer.headers()["content-encoding"]]).toEqual([true, undefined]);
    expect(await answer.text()).toContain("<!doctype html>");
  });

  for (const { name: route } of guarded(routes, "anybody")) {
    test(`${route} refuses a visitor without a session`, async ({ request }) => {
      const answer = await request.get(server.url + route, { maxRedirects: 0 });

      if (route.startsWith("/api/")) expect(answer.status()).toBe(401);
      else expect(answer.headers().location).toBe(`/login?next=${encodeURIComponent(new URL(answer.url()).pathname)}`);
    });
  }

  for (const { id, name } of guarded(actions, "anybody")) {
    test(`the action ${name} refuses a visitor without a session`, async ({ request }) => {
      const headers = { "Next-Action": id, Origin: server.url, "Content-Type": "text/plain;charset=UTF-8" };
      const answer = await request.post(`${server.url}/dashboard`, { headers, data: "[]", maxRedirects: 0 });
      expect(answer.headers()["x-action-redirect"]).toMatch(/^\/login\?/);
    });
  }
});

test("every administration path, existing or not, refuses a user with a 403 that names the user", async ({
  page,
  user,
  logIn,
}) => {
  await logIn(page);

  for (const path of [
    ...guarded(routes, "administrators").map(({ name }) => name),
    "/admin/nothing",
    "/admin/users/x",
  ]) {
    const answer = await page.request.get(path, { maxRedirects: 0 });
    expect(answer.status(), path).toBe(403);
    expect(await answer.text(), path).toContain(user.email);
    expect(answer.headers()["cache-control"], path).toBe("no-store, no-transform");
  }
});

for (const { id, name } of guarded(actions, "administrators")) {
  test(`the action ${name} refuses a user who is not an administrator`, async ({ page, logIn }) => {
    await logIn(page);
    const itsPage = name.replace(/^app|\/actions\.ts.*$/g, "");
    const headers = {
      "Next-Action": id,
      Origin: String(process.env.APP_URL),
      "Content-Type": "text/plain;charset=UTF-8",
    };
    const answer = await page.request.post(itsPage, { headers, data: "[]", maxRedirects: 0 });
    expect(answer.status()).toBe(403);
  });
}
