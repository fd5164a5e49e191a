import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { db } from "@/lib/db";
import { expect, test } from "./fixtures";
import { startServer, type TestServer } from "./server";

const BUILD = String(process.env.BUILD_DIR);
const UNGUARDED = `${BUILD}-without-middleware`;

/** What anybody may ask for. A route that is not named here has to refuse who is signed out. */
const PUBLIC = [
  "/",
  "/login",
  "/logout",
  "/logout/end",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/secure-account",
  "/outbox",
  "/outbox/[id]/file",
  "/outbox/[id]/html",
  "/api/[...path]",
  "/icon.svg",
  "/_not-found",
  "/_global-error",
];

/** The actions for who is signed out, by file and name. */
const PUBLIC_ACTIONS = [
  "app/(auth)/forgot-password/actions.ts requestPassword",
  "app/(auth)/login/actions.ts login",
  "app/(auth)/login/actions.ts makeRoom",
  "app/(account)/live/actions.ts logInAgain",
  "app/(auth)/reset-password/actions.ts choosePassword",
  "app/(auth)/secure-account/actions.ts secure",
  "app/(auth)/signup/actions.ts requestAccount",
  "app/(auth)/verify-email/actions.ts finishSignUp",
];

function read(file: string) {
  return JSON.parse(readFileSync(`${BUILD}/${file}`, "utf8"));
}

const routes = Object.values(read("app-path-routes-manifest.json") as Record<string, string>);
const privateRoutes = routes.filter((route) => !PUBLIC.includes(route));

test("who is not signed in is sent to log in, with the path and query kept, before anything renders", async ({
  request,
}) => {
  const answer = await request.get("/dashboard?a=1&b=%2F", { maxRedirects: 0 });

  expect(answer.status()).toBe(307);
  expect(answer.headers().location).toBe("/login?next=%2Fdashboard%3Fa%3D1%26b%3D%252F");
});

for (const path of ["/nothing", "/Dashboard", "/%64ashboard", "/login/x", "/logout.txt", "/apix"]) {
  test(`what is not named public is private: ${path}`, async ({ request }) => {
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
  test(`what is named public answers everybody: ${path}`, async ({ request }) => {
    expect((await request.get(path, { maxRedirects: 0 })).status()).toBe(200);
  });
}

test("the middleware redirects in one direction only: a cookie that merely looks right leads to no loop", async ({
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

test("headers that bypassed middleware in the past bypass no guard", async ({ request }) => {
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
    };
    const answer = await request.get("/dashboard", { maxRedirects: 0, headers });
    expect(answer.status()).toBe(307);
    expect(await answer.text()).not.toContain("This session");
  }
});

test.describe("with the middleware taken away", () => {
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

  test("it really is away: nobody sets a page's policy", async ({ request }) => {
    const answer = await request.get(`${server.url}/login`);
    expect(answer.status()).toBe(200);
    expect(answer.headers()).not.toHaveProperty("content-security-policy");
  });

  for (const route of privateRoutes) {
    test(`${route} refuses who is signed out`, async ({ request }) => {
      const answer = await request.get(server.url + route, { maxRedirects: 0 });

      if (route.startsWith("/api/")) expect(answer.status()).toBe(401);
      else expect(answer.headers().location).toBe(`/login?next=${encodeURIComponent(route)}`);
    });
  }

  const actions = Object.entries(
    read("server/server-reference-manifest.json").node as Record<string, { filename: string; exportedName: string }>,
  );
  const named = actions.map(([id, { filename, exportedName }]) => ({ id, name: `${filename} ${exportedName}` }));

  test("the actions for everybody are the ones named here", () => {
    expect(named.map(({ name }) => name)).toEqual(expect.arrayContaining(PUBLIC_ACTIONS));
  });

  for (const { id, name } of named.filter((action) => !PUBLIC_ACTIONS.includes(action.name))) {
    test(`the action ${name} refuses who is signed out`, async ({ request }) => {
      const headers = { "Next-Action": id, Origin: server.url, "Content-Type": "text/plain;charset=UTF-8" };
      const answer = await request.post(`${server.url}/dashboard`, { headers, data: "[]", maxRedirects: 0 });
      expect(answer.headers()["x-action-redirect"]).toMatch(/^\/login\?/);
    });
  }
});
