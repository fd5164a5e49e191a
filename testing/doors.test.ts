import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importsOf, sourcesOf } from "./imports";

// docs/architecture.md says by which file a package is reached, and this that it is so.

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** Packages that are everywhere, or the tools of one kind of file. */
const NO_DOOR =
  /^(react|next|zod|lru-cache|lucide-react|vitest|tsx|oxc-parser|@prisma\/driver-adapter-utils|@zxcvbn-ts\/language-.*)$/;

type Import = { from: string; name: string };

/** Every import of a package: of no file of ours, and of no part of Node. */
function importsOfPackages(): Import[] {
  return sourcesOf(ROOMS).flatMap((from) =>
    importsOf(from)
      .filter((name) => !/^(\.|@\/|node:)/.test(name))
      .map((name) => ({ from, name })),
  );
}

/** The table: each package with the files, or folders, by which it is reached. */
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

/** The entry of the table that an import belongs to: a part of a package is the package's, unless it has a row of its own. */
function entryOf(name: string, known: Map<string, string[]>): string {
  if (known.has(name)) return name;
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

test("each package is imported through its door alone, as docs/architecture.md has it", () => {
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

test("every door that docs/architecture.md names is used", () => {
  const known = doors();
  const imports = importsOfPackages();
  const used = (name: string, door: string) =>
    imports.some((one) => entryOf(one.name, known) === name && one.from.startsWith(door));
  const unused = [...known].flatMap(([name, files]) =>
    files.filter((door) => !used(name, door)).map((door) => [name, door]),
  );
  expect(unused).toEqual([]);
});
