import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cookieName, trialCookieName } from "@/lib/session/cookie";
import { config } from "@/middleware";
import { type Front, startFront } from "./front.fixture";

Object.assign(process.env, { APP_URL: "https://login.example.com", LOG_LEVEL: "silent" });

/** What a browser sends with every request. */
const BROWSER = { "sec-fetch-site": "none" };

let front: Front;
let withoutMiddleware: Front;

beforeAll(async () => {
  const build = mkdtempSync(join(tmpdir(), "build-"));
  const matchers = config.matcher.map(({ source }) => ({ regexp: `^${source}$` }));
  mkdirSync(join(build, "server"));
  writeFileSync(join(build, "server/middleware-manifest.json"), JSON.stringify({ middleware: { "/": { matchers } } }));
  front = await startFront({ build });
  withoutMiddleware = await startFront();
});
afterAll(() => {
  front.close();
  withoutMiddleware.close();
});

test("the middleware redirects a visitor without a session before Next.js sees the request", async () => {
  const { status, headers, text } = await front.send("/dashboard?a=1&b=%2F&_rsc=x", BROWSER);

  expect(status).toBe(307);
  expect(headers.location).toBe("/login?next=%2Fdashboard%3Fa%3D1%26b%3D%252F");
  expect(text).toBe(headers.location);
  expect(headers).toMatchObject({ "cache-control": "no-store", "x-frame-options": "DENY" });
  expect(headers["x-request-id"]).toBeTruthy();
});

test("a redirect removes a session cookie that does not unseal", async () => {
  const { headers } = await front.send("/dashboard", { ...BROWSER, cookie: `${cookieName()}=junk` });

  expect(headers["set-cookie"]).toEqual([expect.stringMatching(`^${cookieName()}=; .*Max-Age=0`)]);
});

test("Next.js skips a middleware that changes nothing, and runs one that sets a cookie", async () => {
  const trial = `${trialCookieName()}=${"A".repeat(43)}`;

  expect((await front.send("/login", { ...BROWSER, cookie: trial })).headers["skips-middleware"]).toBe("true");
  expect((await front.send("/login", BROWSER)).headers["skips-middleware"]).toBe("false");
});

test.each(["/dashboard/", "//dashboard", "/robots.txt"])("the redirect of %s is left to Next.js", async (path) => {
  const { status, headers } = await front.send(path, BROWSER);

  expect(status).toBe(200);
  expect(headers["skips-middleware"]).toBe("false");
});

test("without a middleware in the build, Next.js receives every request", async () => {
  const { status, text } = await withoutMiddleware.send("/dashboard", BROWSER);

  expect({ status, text }).toEqual({ status: 200, text: "signed-out" });
});
