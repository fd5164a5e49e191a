import fc from "fast-check";
import { expect, test } from "vitest";
import { loginPath, nextPath } from "./next-path";

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
  "/login/",
  "/%6cogin",
  `/${"a".repeat(3000)}`,
  undefined,
  null,
  ["/sessions"],
  { toString: () => "/sessions" },
])("everything else leads to the dashboard: %j", (wanted) => {
  expect(nextPath(wanted)).toBe("/dashboard");
});

test("the log-in page is told the path and the query that were asked for", () => {
  expect(loginPath("/sessions?page=2")).toBe("/login?next=%2Fsessions%3Fpage%3D2");
});

test("whatever is asked for, it leads to this site, and reading it once more changes nothing", () => {
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
