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
])("%s is /api/verify, and never a redirect", (target) => {
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
])("%j is read as %j, and given to Next.js as %j", (target, path, url) => {
  if (path) expect(readTarget(target)).toMatchObject({ path, url });
  else expect(readTarget(target)).toBeNull();
});

test.each(["/API/verify", "/%61pi/verify", "/api%2fverify", "/apix", "/api;x"])(
  "%s is another address than the API's, as it is to Next.js",
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
])("%j is no address: nobody reads anything in it", (target) => {
  expect(readTarget(target)).toBeNull();
});

test("what is broken in a query and can be read all the same is kept as it came", () => {
  for (const search of ["?a=%", "?a=%C0", "?a=%ED%A0%80", "?a=1&a=2", "?a=[", "?=", "??"])
    expect(readTarget(`/activity${search}`)).toMatchObject({ path: "/activity", search });
});

test("a target in absolute form says for which host it is", () => {
  expect(readTarget("http://LOCALHOST:3000/login")?.host).toBe("LOCALHOST:3000");
  expect(readTarget("http://a@b/login")?.host).toBe("a@b");
  expect(readTarget("/login")?.host).toBeNull();
  expect(readTarget("//evil.example/login")?.host).toBeNull();
});

test("built files and icons are files, and what is asked for beside them is none", () => {
  for (const path of ["/_next/static/chunks/a-b.js", "/icon.svg", "/favicon.ico", "/apple-touch-icon.png"])
    expect(isFile(path)).toBe(true);
  for (const path of ["/_next/static/", "/icon.svg/x", "/favicon.icon", "/_next/data/x.json", "/login"])
    expect(isFile(path)).toBe(false);
});

test("the addresses that Next.js keeps for itself exist for nobody else", () => {
  for (const path of ["/_global-error", "/_not-found", "/_error", "/_next/image", "/_next/data/x", "/login.rsc"])
    expect(isInternal(path)).toBe(true);
  for (const path of ["/_next/static/a.js", "/login", "/api/_x", "/"]) expect(isInternal(path)).toBe(false);
});
