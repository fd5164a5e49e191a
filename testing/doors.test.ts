import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importsOf, loadedBy, sourcesOf } from "./imports";

// docs/architecture.md lists the files that may import each package. These tests enforce it.

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** Packages that any file may import, and tools for one kind of file. */
const NO_DOOR =
  /^(react|react-dom|next|zod|lru-cache|lucide-react|vitest|tsx|oxc-parser|@prisma\/driver-adapter-utils|@zxcvbn-ts\/language-.*)$/;

type Import = { from: string; name: string };

/** All imports of npm packages in the sources. */
function importsOfPackages(): Import[] {
  return sourcesOf(ROOMS).flatMap((from) =>
    importsOf(from)
      .filter((name) => !/^(\.|@\/|node:)/.test(name))
      .map((name) => ({ from, name })),
  );
}

/** The table of docs/architecture.md: each package with the files or folders that may import it. */
function doors(): Map<string, string[]> {
  const document = readFileSync("docs/architecture.md", "utf8");
  const [, table = ""] = /\| package \| its door \|\n\| --- \| --- \|\n(.*?)\n\n/s.exec(document) ?? [];
  const codes = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => String(code));
  return new Map(
    table.split("\n").flatMap((row) => {
      const [, packages, doors] = row.split("|");
      return codes(packages).map((name) => [name, codes(doors)] as const);
    }),
  );
}

/** The table entry for an import. A subpath belongs to its package's entry, unless it has its own. */
function entryOf(name: string, known: Map<string, string[]>): string {
  if (known.has(name)) return name;
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

test("each package is imported only by the files that docs/architecture.md names as its door", () => {
  const known = doors();
  const imports = importsOfPackages();
  expect(known.size).toBeGreaterThan(15);
  expect(imports.length).toBeGreaterThan(100);

  const past = imports.filter(({ from, name }) => {
    const entry = entryOf(name, known);
    if (NO_DOOR.test(entry)) return false;
    return !known.get(entry)?.some((door) => from.startsWith(`${door}/`) || from.replace(/\.\w+$/, "") === door);
  });
  expect(past).toEqual([]);
});

test("every file that docs/architecture.md names as a door imports its package", () => {
  const known = doors();
  const imports = importsOfPackages();
  const used = (name: string, door: string) =>
    imports.some((one) => entryOf(one.name, known) === name && one.from.startsWith(door));
  const unused = [...known].flatMap(([name, files]) =>
    files.filter((door) => !used(name, door)).map((door) => [name, door]),
  );
  expect(unused).toEqual([]);
});

test.each(["server/index.ts", "cli/admin/index.ts"])("%s runs without Next.js's functions for a request", (file) => {
  const loaded = [...loadedBy(file)];
  expect(loaded).toContain("lib/session/store/index.ts");
  // Loading these fails in a process that Next.js did not prepare.
  expect(loaded.filter((name) => /^next\/(headers|navigation)|^lib\/session\/current/.test(name))).toEqual([]);
});
