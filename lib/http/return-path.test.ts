import { readdirSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loginAddress, loginPath, nextAddress, nextPage, nextPath } from "./return-path";

const SETTINGS = {
  APP_URL: new URL("https://login.example.com"),
  ALLOWED_RETURN_HOSTS: ["app.example.com", "*.team.example.com", "app.example.org:8443", "login.example.com"],
};

test.each([
  "/dashboard",
  "/sessions?page=2",
  "/activity?q=a%20b#top",
  "/a/b/c",
  "/100%25",
  "/größe",
  "/x?u=https://example.com",
])("a path of this site is kept: %s", (path) => {
  expect(decodeURI(nextPath(path))).toBe(decodeURI(path));
});

test.each([
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\\/evil.example",
  "https://evil.example",
  "https:evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "/%2fevil.example",
  "/%2Fevil.example",
  "/%5cevil.example",
  "/%252fevil.example",
  "/%255cevil.example",
  "/..//evil.example",
  "/a/..//evil.example",
  "/./%2e%2e//evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/%09/evil.example",
  "/%0d%0aSet-Cookie:x=y",
  "\u0000/dashboard",
  "/a\u0000",
  "/%00",
  " //evil.example",
  "evil.example",
  "@evil.example",
  ".evil.example",
  "",
  "/",
  "/login",
  "/login?next=/login",
  "/logout",
  "/logout/end",
  "/recover?token=x",
  "/login/",
  "/%6cogin",
  `/${"a".repeat(3000)}`,
  undefined,
  null,
  ["/sessions"],
  { toString: () => "/sessions" },
])("any other return address leads to the dashboard: %j", (wanted) => {
  expect(nextPath(wanted)).toBe("/dashboard");
});

test("the log-in page gets the requested path and query, or a mark that they are too long", () => {
  expect(loginPath("/sessions?page=2")).toBe("/login?next=%2Fsessions%3Fpage%3D2");
  expect(loginPath(`/activity?q=${"a".repeat(2500)}`)).toBe(`/login?next=%2Factivity%3Fq%3D${"a".repeat(2500)}`);
  for (const query of ["a".repeat(4000), "&".repeat(1500)])
    expect(loginPath(`/activity?q=${query}`)).toBe("/login?too-long");
});

test("every return path stays on this site, and parsing it again changes nothing", () => {
  const path = fc.string({ unit: "binary" }).map((text) => `/${text}`);
  const wanted = fc.oneof(fc.anything(), fc.string({ unit: "binary" }), fc.webUrl(), path);

  fc.assert(
    fc.property(wanted, (value) => {
      const next = nextPath(value);
      return (
        /^\/(?![/\\])/.test(next) &&
        new URL(next, "http://here.invalid").host === "here.invalid" &&
        nextPath(next) === next
      );
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  "https://app.example.com/",
  "https://app.example.com/a/b?c=d&e=%2F#f",
  "https://a.team.example.com/",
  "https://a.b.team.example.com/",
  "https://app.example.org:8443/x",
])("logging in can lead to an allowed host: %s", (address) => {
  expect(nextAddress(address, SETTINGS)).toBe(address);
});

test("if only the fragment is too long, the page is kept without it", () => {
  const hash = "#".padEnd(4000, "a");
  expect(nextAddress(`https://app.example.com/a?b${hash}`, SETTINGS)).toBe("https://app.example.com/a?b");
  expect(nextAddress(`/sessions${hash}`, SETTINGS)).toBe("/sessions");
});

test("a return address is normalised, whatever its spelling", () => {
  expect(nextAddress("HTTPS://APP.Example.COM:443", SETTINGS)).toBe("https://app.example.com/");
});

test.each([
  "https://evil.example/",
  "https://example.com/",
  "https://team.example.com/",
  "https://evilteam.example.com/",
  "https://app.example.com.evil.example/",
  "https://evil.example/app.example.com",
  "https://evil.example#app.example.com",
  "https://evil.example?app.example.com",
  "https://evil.example\\app.example.com",
  "https://evil.example\\@app.example.com",
  "https://app.example.com@evil.example",
  "https://app.example.com:443@evil.example",
  "https://app.example.com%40evil.example",
  "https://me@app.example.com/",
  "https://me:secret@app.example.com/",
  "https://@app.example.com/",
  "https://:@app.example.com/",
  "https:app.example.com",
  "https:/app.example.com",
  "https:///app.example.com",
  "https:\\\\app.example.com",
  "//app.example.com",
  "\\\\app.example.com",
  "app.example.com",
  "http://app.example.com/",
  "ftp://app.example.com/",
  "javascript://app.example.com/%0aalert(1)",
  "https://app.example.com:8443/",
  "https://app.example.org/",
  "https://app.example.org:443/",
  "https://app.example.com./",
  "https://app.example.com:/x:y@evil.example",
  "https://%61pp.example.com/",
  "https://ａpp.example.com/",
  "https://app。example.com/",
  "https://xn--pp-1ja.example.com/",
  "https://app.exa\u00admple.com/",
  "https://*.team.example.com/",
  "https://app.example.com\t.evil.example/",
  "https://app.example.com/\r\nSet-Cookie:a=b",
  "https://app.example.com/\u0000",
  "https://app.example.com/\\evil.example",
  " https://app.example.com/",
  "https://[::1]/",
  "https://2130706433/",
  `https://app.example.com/${"a".repeat(3000)}`,
  undefined,
  ["https://app.example.com/"],
])("logging in never leads to another host: %j", (address) => {
  expect(nextAddress(address, SETTINGS)).toBe("/dashboard");
});

test("a full URL of this application becomes a path, with the same checks", () => {
  expect(nextAddress("https://login.example.com/sessions?page=2", SETTINGS)).toBe("/sessions?page=2");
  expect(nextAddress("/sessions?page=2", SETTINGS)).toBe("/sessions?page=2");
  for (const path of ["/login?next=x", "/logout/end", "//evil.example", "/%2fevil.example", "/..//evil.example"])
    expect(nextAddress(`https://login.example.com${path}`, SETTINGS)).toBe("/dashboard");
});

test("without allowed hosts, a full URL leads to the dashboard", () => {
  const none = { ...SETTINGS, ALLOWED_RETURN_HOSTS: [] };
  for (const address of ["https://app.example.com/", "https://login.example.com/sessions", "http://localhost:3000/"])
    expect(nextAddress(address, none)).toBe("/dashboard");
});

test("plain http is allowed only if this application uses it on this machine", () => {
  const here = { APP_URL: new URL("http://localhost:3000"), ALLOWED_RETURN_HOSTS: ["localhost:4000"] };
  expect(nextAddress("http://localhost:4000/a", here)).toBe("http://localhost:4000/a");
  expect(nextAddress("http://localhost:4001/a", here)).toBe("/dashboard");
});

test("every return address leads to this site or to an allowed host, and parsing it again changes nothing", () => {
  const host = fc.oneof(
    fc.constantFrom("app.example.com", "a.team.example.com", "login.example.com", "evil.example"),
    fc.domain(),
  );
  const odd = fc.constantFrom("", "@", ":", ".", "\\", "/", "//", "?", "#", "%00", "\t", "%2f", ":443", ":8443", "；");
  const address = fc
    .tuple(fc.constantFrom("https:", "http:", "//", "javascript:"), odd, host, odd, host, odd, fc.webPath())
    .map(([scheme, ...rest]) => (scheme.endsWith(":") ? `${scheme}//` : scheme) + rest.join(""));
  const wanted = fc.oneof(fc.anything(), fc.string({ unit: "binary" }), fc.webUrl(), address);

  fc.assert(
    fc.property(wanted, (value) => {
      const next = nextAddress(value, SETTINGS);
      const url = new URL(next, "https://login.example.com");
      const isThere = ["login.example.com", "app.example.com", "app.example.org"].includes(url.hostname);
      return (
        (isThere || url.hostname.endsWith(".team.example.com")) &&
        url.protocol === "https:" &&
        url.username + url.password === "" &&
        nextAddress(next, SETTINGS) === next
      );
    }),
    { numRuns: 5000 },
  );
});

test("visitors from other hosts get the full URL of the log-in page, with the way back if it is allowed", () => {
  expect(loginAddress("https://app.example.com/a?b=c", SETTINGS)).toBe(
    "https://login.example.com/login?next=https%3A%2F%2Fapp.example.com%2Fa%3Fb%3Dc",
  );
  expect(loginAddress("https://evil.example/", SETTINGS)).toBe("https://login.example.com/login");
  const long = (length: number) => `https://app.example.com/${"a".repeat(length)}`;
  expect(loginAddress(long(2900), SETTINGS)).toContain(encodeURIComponent(long(2900)));
  expect(loginAddress(long(5000), SETTINGS)).toBe("https://login.example.com/login?too-long");
  expect(loginAddress(null, SETTINGS)).toBe("https://login.example.com/login");
});

test("logging in leads only to pages, never to a route that returns a file or data", () => {
  // Route groups are not part of an address, and a parameter can be anything.
  const routes = readdirSync("app", { recursive: true, encoding: "utf8" }).map((name) =>
    `/${name}`.replace(/\/\([^/]+\)/g, "").replace(/\[[^/]+\]/g, "x"),
  );
  const files = routes.filter((name) => name.endsWith("/route.ts")).map((name) => name.slice(0, -"/route.ts".length));
  expect(files).toContain("/activity/export");
  for (const path of [...files, "/icon.svg", "/robots.txt", "/healthz", "/_next/static/x.js", "/activity/%65xport"])
    expect([path, nextPage(`${path}?format=json`)]).toEqual([path, "/dashboard"]);

  for (const path of ["/sessions", "/activity?kind=failures", "/admin/users/x", "/sessions?after=a.b", "/outbox"])
    expect(nextAddress(path, SETTINGS)).toBe(path);
});
