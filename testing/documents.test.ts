import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

// Tests that the files and tests named in documents exist.

const DOCUMENTS = [
  "README.md",
  "README.ko.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "STYLE.md",
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
];

const ENDINGS = ["", ".ts", ".tsx", ".mjs", "/index.ts"];

test.each(DOCUMENTS)("every file that %s names exists", (document) => {
  const named = [
    ...readFileSync(document, "utf8").matchAll(/`((?:app|bench|cli|docs|e2e|lib|prisma|server|testing)\/[^`\s]+)`/g),
  ];
  const paths = named.map(([, path]) => String(path)).filter((path) => !/[*…{}<>]/.test(path));
  expect(paths.filter((path) => !ENDINGS.some((ending) => existsSync(path + ending)))).toEqual([]);
});

// An entry of docs/promises.md: the promise, the code that keeps it, and its tests, one per line.
const CODE = "(?:`\\w+`(?:, `\\w+`)* in )?`[^`\\n]+`";
const QUOTES = ['"', "'", "`"];
const ENTRY = new RegExp(`^- \\*\\*.+\\.\\*\\*\\\\\n {2}${CODE}(?:, ${CODE})*(?:\\\\\n {2}".+" in \`[^\`\n]+\`)+$`);

/** The parts of docs/promises.md: its entries, the tests and code that they name, and the text outside the entries. */
function readPromises() {
  const document = readFileSync("docs/promises.md", "utf8");
  const entries = document.match(/^- .*(?:\n {2}.*)*/gm) ?? [];
  const tests = entries.flatMap((entry) =>
    [...entry.matchAll(/^ {2}"(.+)" in `([^`]+)`/gm)].map(([, title = "", file = ""]) => ({ title, file })),
  );
  const code = entries.map((entry) => entry.split("\n")[1] ?? "");
  const names = code.flatMap((line) =>
    [...line.matchAll(/((?:`\w+`, )*`\w+`) in `([^`]+)`/g)].flatMap(([, names = "", file = ""]) =>
      [...names.matchAll(/\w+/g)].map(([name]) => ({ name, file })),
    ),
  );
  const files = code.flatMap((line) => [...line.replace(/(?:`\w+`, )*`\w+` in /g, "").matchAll(/`([^`]+)`/g)]);
  const rest = entries.reduce((text, entry) => text.replace(entry, () => ""), document);
  return { entries, tests, names, files: files.map(([, file]) => String(file)), rest };
}

test("every entry of docs/promises.md is a promise, the code that keeps it, and its tests", () => {
  const { entries, rest } = readPromises();
  expect(entries.length).toBeGreaterThan(110);
  expect(entries.filter((entry) => !ENTRY.test(entry))).toEqual([]);
  // The tests below check quotations only in entries, so there must be none elsewhere.
  expect(rest).not.toMatch(/"|\*\*/);
});

test("every test that docs/promises.md quotes is in the file that it names", () => {
  const { tests } = readPromises();
  expect(tests.length).toBeGreaterThan(165);

  // The whole name, as the first argument of a call.
  const isThere = ({ title, file }: { title: string; file: string }) =>
    isFile(file) && QUOTES.some((quote) => sourceOf(file).includes(`(${quote}${title}${quote},`));
  expect(tests.filter((one) => !isThere(one))).toEqual([]);
});

test("every name and file that docs/promises.md gives for a promise exists", () => {
  const { names, files } = readPromises();
  expect(names.length).toBeGreaterThan(55);
  expect(files.length).toBeGreaterThan(125);

  const isThere = ({ name, file }: { name: string; file: string }) =>
    isFile(file) && new RegExp(`\\b${name}\\b`).test(readFileSync(file, "utf8"));
  expect(names.filter((one) => !isThere(one))).toEqual([]);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** The source of a file, with calls on one line, and its escaped quotation marks as a reader sees them. */
function sourceOf(file: string): string {
  return readFileSync(file, "utf8")
    .replace(/\(\s+/g, "(")
    .replace(/\\(["'`])/g, "$1");
}
