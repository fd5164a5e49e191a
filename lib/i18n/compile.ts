import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type icuCompile from "icu-minify/compile";

// Compiles the catalogues into lib/i18n/compiled, which the application reads. A catalogue is one
// language's file of messages, such as `en.json`, in ICU MessageFormat.

const FOLDER = "lib/i18n";
const COMPILED = `${FOLDER}/compiled`;

/** The language with every message: the other catalogues are compared with it, and fall back to it. */
const FIRST = "en";

/** The sections that components in the browser may use. Pages load them with their scripts; the others stay on the server. */
const BROWSER_SECTIONS = [
  ...["browser", "time", "tryLater", "ui", "login", "passkey", "auth", "password", "recover", "binding", "error"],
];

/** The sections that only components of private pages may use: a script of its own, so that others do without them. */
const PRIVATE_SECTIONS = ["guard", "frame", "account", "security", "dashboard", "sessions", "activity", "admin"];

/**
 * Pseudo-languages for tests: English with accents and longer words. A text without accents is not
 * from a catalogue. "ar-XB" is also written from right to left.
 */
const PSEUDO = ["en-XA", "ar-XB"];

type Catalogue = Record<string, Record<string, string>>;
type Compile = typeof icuCompile;
type Compiled = ReturnType<Compile>;

/** Reads the catalogue of a language: its sections, each with its messages. */
export function catalogueOf(locale: string): Catalogue {
  return JSON.parse(readFileSync(`${FOLDER}/${locale}.json`, "utf8")) as Catalogue;
}

/** The languages that have a catalogue: English, then the others in the order of their codes. */
export function localesOf(): string[] {
  const codes = readdirSync(FOLDER).flatMap((file) => /^([a-z]{2}(?:-[A-Za-z]+)?)\.json$/.exec(file)?.[1] ?? []);
  return [FIRST, ...codes.filter((code) => code !== FIRST).sort()];
}

/** Compiles all catalogues, unless they are up to date. Does not rewrite unchanged files: that would cause a new build. */
export async function compileCatalogues(): Promise<void> {
  const locales = localesOf();
  const sources = [...locales.map((locale) => `${locale}.json`), "compile.ts"].map((file) =>
    readFileSync(`${FOLDER}/${file}`),
  );
  const fingerprint = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
  // Written last, so that an interrupted compilation is repeated.
  const stamp = `${COMPILED}/.compiled-from`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;

  const { default: compile } = await import("icu-minify/compile");
  mkdirSync(`${COMPILED}/browser/private`, { recursive: true });
  const first = compiled(compile, catalogueOf(FIRST));
  for (const locale of [...locales, ...PSEUDO]) {
    const own = locales.includes(locale) ? compiled(compile, catalogueOf(locale)) : pseudo(first);
    // A message that a language lacks is shown in English; `npm run check` reports it.
    const all = { ...first, ...own };
    write(`${locale}.ts`, `export default ${JSON.stringify(all)} as Record<string, unknown>;\n`);
    // Pseudo-languages are for tests, so they are not part of the pages' scripts.
    if (!locales.includes(locale)) continue;
    write(`browser/${locale}.tsx`, browserModule(all, BROWSER_SECTIONS));
    write(`browser/private/${locale}.tsx`, browserModule(all, PRIVATE_SECTIONS));
  }
  const all = [...locales, ...PSEUDO];
  write(
    "locales.ts",
    `export const LOCALES = ${JSON.stringify(locales)} as const;\nexport const NAMES = ${JSON.stringify(namesOf(locales))};\nexport const PSEUDO_LOCALES = ${JSON.stringify(PSEUDO)} as const;\n`,
  );
  write("catalogues.ts", index(all, "CATALOGUES", "."));
  write("browser/index.ts", providers(locales));
  write("browser/private/index.ts", providers(locales));
  write(
    "messages.ts",
    `${TAG}\nexport type Messages = {\n${Object.entries(first).map(typeOf).join("")}};\nexport type BrowserSection = ${unionOf(BROWSER_SECTIONS)};\nexport type PrivateSection = ${unionOf(PRIVATE_SECTIONS)};\n`,
  );
  writeFileSync(stamp, fingerprint);
}

function unionOf(names: string[]): string {
  return names.map((name) => `"${name}"`).join(" | ");
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

/** The source of a component that gives a page some sections of one language. Browsers cache it with the page's scripts. */
function browserModule(all: Record<string, Compiled>, sections: string[]): string {
  const shown = Object.entries(all).filter(([key]) => sections.includes(String(key.split(".")[0])));
  return `"use client";
import { createElement } from "react";
import { type GivenWords, WordsProvider } from "@/lib/i18n/react";
const messages: Record<string, unknown> = ${JSON.stringify(Object.fromEntries(shown))};
export default (given: GivenWords) => createElement(WordsProvider, { ...given, messages });
`;
}

/** The source of a component that loads the component of the given language. A page loads only its own language. */
function providers(locales: string[]): string {
  return `"use client";
import dynamic from "next/dynamic";
import { createElement } from "react";
import type { GivenWords } from "@/lib/i18n/react";
const PROVIDERS = {
${locales.map((locale) => `  "${locale}": dynamic(() => import("./${locale}")),\n`).join("")}};
type Given = GivenWords & { locale: keyof typeof PROVIDERS };
export default (given: Given) => createElement(PROVIDERS[given.locale], given);
`;
}

/** The name of each language in that language: "English", "한국어". */
function namesOf(locales: string[]): Record<string, string> {
  const nameOf = (locale: string) => new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
  return Object.fromEntries(locales.map((locale) => [locale, nameOf(locale)]));
}

/** The source of a module that exports `name`: an object with one member for each language. */
function index(locales: string[], name: string, folder: string): string {
  const names = locales.map((locale) => locale.replace("-", ""));
  return [
    ...locales.map((locale, i) => `import ${names[i]} from "${folder}/${locale}";`),
    `export const ${name} = { ${locales.map((locale, i) => `"${locale}": ${names[i]}`).join(", ")} };`,
    "",
  ].join("\n");
}

/** The source of the type of a tag in a message, such as `<b>…</b>`: a function that renders the text inside the tag. */
const TAG = `import type { ReactNode } from "react";
export type Tag = (parts: ReactNode) => ReactNode;`;

/** A member of the type Messages: a message's key, with the names and types of its values. */
function typeOf([key, message]: [string, Compiled]): string {
  const needed = new Map<string, string>();
  collect(message, needed);
  const members = [...needed].map(([name, type]) => `${JSON.stringify(name)}: ${type}`);
  return `  ${JSON.stringify(key)}: ${members.length === 0 ? "null" : `{ ${members.join("; ")} }`};\n`;
}

// The type of a value, by icu-minify's number for its kind of node.
const TYPES: Record<number, string> = { 1: "string", 2: "number", 3: "number", 4: "number", 5: "Date", 6: "Date" };

/**
 * Collects the values that a message needs, or one branch of it. `message` is a text, a list of
 * nodes, or 0 for the number of a plural. A node that is a list begins with the name of its value.
 */
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

/** The messages in a pseudo-language: with accents, 40 % longer, and in brackets, which show where a text is cut off. */
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
