import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Package = { version?: string; dev?: boolean; license?: string; optionalDependencies?: Record<string, string> };
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Package> };
const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));

test("the lock file contains the optional packages of every platform", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

test("every dependency is pinned to an exact version", () => {
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
});

test.each([
  ["next", [16, 4, 6]],
  ["react", [19, 2, 8]],
  ["react-dom", [19, 2, 8]],
] as const)("%s is at least the version with its last known security fix", (name, floor) => {
  const installed = (packages[`node_modules/${name}`]?.version ?? "").split(".").map(Number);
  const difference = floor.map((part, index) => (installed[index] ?? 0) - part).find((part) => part !== 0) ?? 0;
  expect(difference).toBeGreaterThanOrEqual(0);
});

test("all Prisma packages have the same version", () => {
  const versions = ["prisma", "@prisma/client", "@prisma/adapter-pg"].map(
    (name) => packages[`node_modules/${name}`]?.version,
  );
  expect(new Set(versions).size).toBe(1);
});
