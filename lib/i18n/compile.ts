import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type icuCompile from "icu-minify/compile";

// Writes what the application reads of the catalogues: lib/i18n/compiled. Catalogues are `en.json`
// and its siblings, in ICU MessageFormat; each language is one file.

const FOLDER = "lib/i18n";
const COMPILED = `${FOLDER}/compiled`;

/** The language that the others are held against. */
const FIRST = "en";

/** The sections that components in the browser may use. They are part of the pages' scripts; the others stay on the server. */
const BROWSER_SECTIONS = [
  "browser",
  "time",
  "tryLater",
  "ui",
  "guard",
  "frame",
  "login",
  "auth",
  "password",
  "account",
  "dashboard",
  "sessions",
  "activity",
  "admin",
  "error",
];

/** Pseudo-languages, in which tests find words outside of the catalogues, and lay out longer texts from right to left. */
const PSEUDO = ["en-XA", "ar-XB"];

type Catalogue = Record<string, Record<string, string>>;
type Compile = typeof icuCompile;
type Compiled = ReturnType<Compile>;

/** The catalogue of a language, by sections, as it is in its file. */
export function catalogueOf(locale: string): Catalogue {
  return JSON.parse(readFileSync(`${FOLDER}/${locale}.json`, "utf8")) as Catalogue;
}

/** The languages that have a file: the first one, and then by their codes. */
export function localesOf(): string[] {
  const codes = readdirSync(FOLDER).flatMap((file) => /^([a-z]{2}(?:-[A-Za-z]+)?)\.json$/.exec(file)?.[1] ?? []);
  return [FIRST, ...codes.filter((code) => code !== FIRST).sort()];
}

/** Compiles all catalogues, unless that has been done. Unchanged files are not written, so that they cause no new build. */
export async function compileCatalogues(): Promise<void> {
  const locales = localesOf();
  const sources = [...locales.map((locale) => `${locale}.json`), "compile.ts"].map((file) =>
    readFileSync(`${FOLDER}/${file}`),
  );
  const fingerprint = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
  // Written last: an interrupted compilation counts as none.
  const stamp = `${COMPILED}/.compiled-from`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;

  const { default: compile } = await import("icu-minify/compile");
  mkdirSync(`${COMPILED}/browser`, { recursive: true });
  const first = compiled(compile, catalogueOf(FIRST));
  for (const locale of [...locales, ...PSEUDO]) {
    const own = locales.includes(locale) ? compiled(compile, catalogueOf(locale)) : pseudo(first);
    // A message that a language lacks is shown in the first one; `npm run check` names it.
    const all = { ...first, ...own };
    write(`${locale}.ts`, `export default ${JSON.stringify(all)} as Record<string, unknown>;\n`);
    // Pseudo-languages are for tests: no browser loads them with the pages.
    if (!locales.includes(locale)) continue;
    const shown = Object.entries(all).filter(([key]) => BROWSER_SECTIONS.includes(String(key.split(".")[0])));
    write(`browser/${locale}.tsx`, browserModule(Object.fromEntries(shown)));
  }
  const all = [...locales, ...PSEUDO];
  write(
    "locales.ts",
    `export const LOCALES = ${JSON.stringify(locales)} as const;\nexport const PSEUDO_LOCALES = ${JSON.stringify(PSEUDO)} as const;\n`,
  );
  write("catalogues.ts", index(all, "CATALOGUES", "."));
  write("browser/index.ts", index(locales, "PROVIDERS", "."));
  write(
    "messages.ts",
    `${TAG}\nexport type Messages = {\n${Object.entries(first).map(typeOf).join("")}};\nexport type BrowserSection = ${BROWSER_SECTIONS.map((name) => `"${name}"`).join(" | ")};\n`,
  );
  writeFileSync(stamp, fingerprint);
}

function write(name: string, text: string): void {
  const path = `${COMPILED}/${name}`;
  let was: string | null = null;
  try {
    was = readFileSync(path, "utf8");
  } catch {}
  if (was !== text) writeFileSync(path, text);
}

/** All messages by "section.name". Throws for one that is not ICU MessageFormat. */
function compiled(compile: Compile, catalogue: Catalogue): Record<string, Compiled> {
  const messages = Object.entries(catalogue).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, text]) => [`${section}.${name}`, text] as const),
  );
  return Object.fromEntries(
    messages.map(([key, text]) => {
      try {
        return [key, compile(text)];
      } catch (error) {
        throw new Error(`"${key}" cannot be read: ${(error as Error).message}\n${text}`);
      }
    }),
  );
}

/** The component that gives a page the words of one language. The words are part of the pages' scripts, which browsers keep. */
function browserModule(messages: Record<string, Compiled>): string {
  return `"use client";
import { createElement } from "react";
import { type GivenWords, WordsProvider } from "@/lib/i18n/react";
const messages: Record<string, unknown> = ${JSON.stringify(messages)};
export default (given: GivenWords) => createElement(WordsProvider, { ...given, messages });
`;
}

/** A module with one member for each language. */
function index(locales: string[], name: string, folder: string): string {
  const names = locales.map((locale) => locale.replace("-", ""));
  return [
    ...locales.map((locale, i) => `import ${names[i]} from "${folder}/${locale}";`),
    `export const ${name} = { ${locales.map((locale, i) => `"${locale}": ${names[i]}`).join(", ")} };`,
    "",
  ].join("\n");
}

/** Puts elements of a page around a part of a message: `<b>…</b>`. */
const TAG = `import type { ReactNode } from "react";
export type Tag = (parts: ReactNode) => ReactNode;`;

/** What a message needs to be given, as a member of a type. */
function typeOf([key, message]: [string, Compiled]): string {
  const needed = new Map<string, string>();
  collect(message, needed);
  const members = [...needed].map(([name, type]) => `${JSON.stringify(name)}: ${type}`);
  return `  ${JSON.stringify(key)}: ${members.length === 0 ? "null" : `{ ${members.join("; ")} }`};\n`;
}

// The kinds of nodes, as icu-minify numbers them.
const TYPES: Record<number, string> = { 1: "string", 2: "number", 3: "number", 4: "number", 5: "Date", 6: "Date" };

/** A message, or a branch of one: a text, `0` for the number of a plural, or a list of nodes. A node that is a list begins with a name. */
function collect(message: unknown, needed: Map<string, string>): void {
  if (Array.isArray(message)) for (const node of message) collectNode(node, needed);
}

function collectNode(node: unknown, needed: Map<string, string>): void {
  if (!Array.isArray(node)) return;
  const [name, kind, ...rest] = node as [string, unknown, ...unknown[]];
  if (kind === undefined) needed.set(name, needed.get(name) ?? "string | number");
  else if (typeof kind === "number" && kind in TYPES) {
    needed.set(name, TYPES[kind] as string);
    if (kind < 4) for (const branch of Object.values(rest[0] as object)) collect(branch, needed);
  } else {
    needed.set(name, "Tag");
    collect([kind, ...rest], needed);
  }
}

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ACCENTED = "áƀçðéƒğĥíĵķļɱñóþɋŕšţúṽŵẋýžÁƁÇÐÉƑĞĤÍĴĶĻṀÑÓÞɊŔŠŢÚṼŴẊÝŽ";
const LETTERS = new Map([...PLAIN].map((letter, at) => [letter, [...ACCENTED][at] as string]));

/** A text that is longer by 40 % and has accents, in brackets, so that one sees where it begins and ends. */
function pseudo(messages: Record<string, Compiled>): Record<string, Compiled> {
  return Object.fromEntries(
    Object.entries(messages).map(([key, message]) => {
      const text = lengthened(message) as Compiled;
      return [key, typeof text === "string" ? `⟦${text}⟧` : ["⟦", ...text, "⟧"]];
    }),
  );
}

function lengthened(message: unknown): unknown {
  return Array.isArray(message) ? message.map(lengthenedNode) : lengthenedNode(message);
}

function lengthenedNode(node: unknown): unknown {
  if (typeof node === "string") {
    const accented = [...node].map((letter) => LETTERS.get(letter) ?? letter).join("");
    return accented + " ····".repeat(Math.round(node.trim().length * 0.08));
  }
  if (!Array.isArray(node)) return node;
  const [name, kind, ...rest] = node as [string, unknown, ...unknown[]];
  if (kind === undefined) return [name];
  if (typeof kind !== "number") return [name, ...[kind, ...rest].map(lengthenedNode)];
  if (kind > 3) return node;
  const branches = Object.entries(rest[0] as object).map(([option, branch]) => [option, lengthened(branch)]);
  return [name, kind, Object.fromEntries(branches)];
}
