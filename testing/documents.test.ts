import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Documents name files and tests. What they name is there.

const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
];

const ENDINGS = ["", ".ts", ".tsx", ".mjs", "/index.ts"];

test.each(DOCUMENTS)("every file that %s names is there", (document) => {
  const named = [
    ...readFileSync(document, "utf8").matchAll(/`((?:app|bench|cli|docs|e2e|lib|prisma|server|testing)\/[^`\s]+)`/g),
  ];
  const paths = named.map(([, path]) => String(path)).filter((path) => !/[*…{}<>]/.test(path));
  expect(paths.filter((path) => !ENDINGS.some((ending) => existsSync(path + ending)))).toEqual([]);
});

test("every test that docs/promises.md quotes is in the file that it names", () => {
  const document = readFileSync("docs/promises.md", "utf8");
  // One name or several, and then the file: "a", "b" (`e2e/x.spec.ts`).
  const groups = [...document.matchAll(/((?:"[^"|]+"(?:,| and)? *)+)\(`([\w/.()[\]-]+\.(?:test|spec)\.ts)`\)/g)];
  const quoted = groups.flatMap(([, names = "", file = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => ({ name: String(name), file })),
  );
  expect(quoted.length).toBeGreaterThan(250);

  const isThere = ({ name, file }: { name: string; file: string }) => {
    const source = readFileSync(file, "utf8").replace(/\\"/g, '"');
    // What differs from case to case is "…" in the document, and something else in the source.
    return name.split("…").every((part) => source.includes(part.trim()));
  };
  expect(quoted.filter((one) => !isThere(one))).toEqual([]);
});

test("every name that docs/promises.md finds in a file is there", () => {
  const document = readFileSync("docs/promises.md", "utf8");
  const named = [...document.matchAll(/`(\w+)` in `([\w/.()[\]-]+\.\w+)`/g)].map(([, name = "", file = ""]) => ({
    name,
    file,
  }));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ name, file }) => !new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8")))).toEqual([]);
});
