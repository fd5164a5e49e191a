import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { routeNames } from "./route-names";

const ROUTES = {
  "/(auth)/login/page": "/login",
  "/admin/[...path]/page": "/admin/[...path]",
  "/admin/users/page": "/admin/users",
  "/admin/users/[id]/page": "/admin/users/[id]",
  "/outbox/[id]/file/route": "/outbox/[id]/file",
};

const folder = mkdtempSync(join(tmpdir(), "routes-"));
writeFileSync(join(folder, "app-path-routes-manifest.json"), JSON.stringify(ROUTES));

test.each([
  ["/login", "/login"],
  ["/admin/users", "/admin/users"],
  ["/admin/users/7", "/admin/users/[id]"],
  ["/adminx", "other"],
  ["/admin/whatever/else", "/admin/[...path]"],
  ["/admin", "other"],
  ["/outbox/0198c5a2/file", "/outbox/[id]/file"],
  ["/api/events", "/api/events"],
  ["/api/whatever/else", "other"],
  ["/_next/static/chunks/a.js", "files"],
  ["/wp-login.php", "other"],
  ["/login/", "other"],
  ["", "other"],
])("%s is counted as %s", (path, route) => {
  expect(routeNames(folder, ["/api/events"])(path)).toBe(route);
});

test("paths that visitors invent never create a new route name", () => {
  const nameOf = routeNames(folder, []);
  const names = new Set(Array.from({ length: 10_000 }, (_, index) => nameOf(`/${index % 3 ? "admin/" : ""}${index}`)));
  expect([...names].sort()).toEqual(["/admin/[...path]", "other"]);
});

test("without a build, every path is counted as other", () => {
  expect(routeNames("/nowhere", ["/healthz"])("/login")).toBe("other");
});
