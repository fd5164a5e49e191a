import { expect, test } from "vitest";
import { isFile, isForSoftware, isInternal, readTarget } from "./target";

test.each([
  "/api/verify",
  "/x/../api/verify",
  "/x/%2e%2e/api/verify",
  "/_next/static/../../api/verify",
  "/_next/static/%2E%2e/.%2E/api/verify",
  "/./api/verify",
  "/api/./verify",
  "//api/verify",
  "/api//verify/",
  "/\\api\\verify",
  "/x\\..\\api/verify",
  "http://localhost:3000/api/verify",
  "HTTP://localhost:3000/x/../api/verify",
])("%s is read as /api/verify, and never redirects", (target) => {
  expect(readTarget(target)).toMatchObject({ path: "/api/verify", url: "/api/verify" });
});

test.each([
  ["//login", "/login", "//login"],
  ["/login/", "/login", "/login/"],
  ["/x/../login?next=%2F#".slice(0, -1), "/login", "/login?next=%2F"],
  ["/", "/", "/"],
  ["//", "/", "//"],
  ["?x", "", ""],
  ["http://localhost:3000", "/", "/"],
  ["http://localhost:3000?x", "/", "/?x"],
])("%j is read as %j, and passed to Next.js as %j", (target, path, url) => {
  if (path) expect(readTarget(target)).toMatchObject({ path, url });
  else expect(readTarget(target)).toBeNull();
});

test.each(["/API/verify", "/%61pi/verify", "/api%2fverify", "/apix", "/api;x"])(
  "%s does not belong to the API, neither for us nor for Next.js",
  (target) => {
    expect(isForSoftware(readTarget(target)?.path ?? "")).toBe(false);
  },
);

test.each([
  "/x#/../api/verify",
  "/#",
  "/api/%",
  "/outbox/%/html",
  "/admin/users/%C0",
  "/%ED%A0%80",
  "/a%00b",
  "/admin/users?search=%00",
  "/admin/users?%00=a",
  "*",
  "",
  "login",
  "ftp://localhost/",
  "localhost:3000",
])("%j is not a valid target", (target) => {
  expect(readTarget(target)).toBeNull();
});

test("a malformed query that can still be read is kept as sent", () => {
  for (const search of ["?a=%", "?a=%C0", "?a=%ED%A0%80", "?a=1&a=2", "?a=[", "?=", "??"])
    expect(readTarget(`/activity${search}`)).toMatchObject({ path: "/activity", search });
});

test("a target in absolute form has its own host", () => {
  expect(readTarget("http://LOCALHOST:3000/login")?.host).toBe("LOCALHOST:3000");
  expect(readTarget("http://a@b/login")?.host).toBe("a@b");
  expect(readTarget("/login")?.host).toBeNull();
  expect(readTarget("//evil.example/login")?.host).toBeNull();
});

test("built files and icons are files, and similar paths are not", () => {
  for (const path of ["/_next/static/chunks/a-b.js", "/icon.svg", "/favicon.ico", "/apple-touch-icon.png"])
    expect(isFile(path)).toBe(true);
  for (const path of ["/_next/static/", "/icon.svg/x", "/favicon.icon", "/_next/data/x.json", "/login"])
    expect(isFile(path)).toBe(false);
});

test("the paths that Next.js reserves for itself are recognised", () => {
  for (const path of ["/_global-error", "/_not-found", "/_error", "/_next/image", "/_next/data/x", "/login.rsc"])
    expect(isInternal(path)).toBe(true);
  for (const path of ["/_next/static/a.js", "/login", "/api/_x", "/"]) expect(isInternal(path)).toBe(false);
});
