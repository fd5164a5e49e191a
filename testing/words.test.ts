import { readdirSync, readFileSync } from "node:fs";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { catalogueOf, localesOf } from "@/lib/i18n/compile";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";

// The catalogues are complete, and nothing in them is left over.

const [FIRST = "en", ...OTHERS] = localesOf();
const KEYS = keysOf(FIRST);

function keysOf(locale: string): string[] {
  return Object.entries(catalogueOf(locale)).flatMap(([section, entries]) =>
    Object.keys(entries).map((name) => `${section}.${name}`),
  );
}

/** All texts of the sources, and the beginnings of those that go on with a value: `ending.${reason}`. */
function textsOfSources(): { whole: Set<string>; beginnings: string[] } {
  const whole = new Set<string>();
  const beginnings: string[] = [];
  const files = ["app", "lib", "server", "cli"].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
  );
  for (const file of files.filter((name) => /\.(ts|tsx)$/.test(name) && !/\.test\.ts$|compiled/.test(name)))
    collect(parseSync(file, readFileSync(file, "utf8")).program, (node) => {
      if (node.type === "Literal" && typeof node.value === "string") whole.add(node.value);
      const [first, second] = (node.type === "TemplateLiteral" && node.quasis) || [];
      if (first && second) beginnings.push(first.value.cooked);
    });
  return { whole, beginnings: beginnings.filter((text) => /^\w+\.[\w-]*$/.test(text)) };
}

// biome-ignore lint/suspicious/noExplicitAny: any node of the syntax tree
function collect(node: any, look: (node: any) => void): void {
  if (Array.isArray(node)) for (const each of node) collect(each, look);
  else if (node && typeof node === "object") {
    if ("type" in node) look(node);
    for (const each of Object.values(node)) collect(each, look);
  }
}

/** The values and tags that a compiled message is given, and which options a choice has. */
function neededBy(message: unknown, found = new Set<string>()): Set<string> {
  if (!Array.isArray(message)) return found;
  for (const node of message) {
    if (!Array.isArray(node)) continue;
    const [name, kind, ...rest] = node;
    found.add(typeof kind === "number" ? `{${name}}` : kind === undefined ? `{${name}}` : `<${name}>`);
    if (typeof kind === "number" && kind < 4) for (const branch of Object.values(rest[0])) neededBy(branch, found);
    else if (kind !== undefined && typeof kind !== "number") neededBy([kind, ...rest], found);
  }
  return found;
}

test.each(OTHERS)("the catalogue %s has the same messages as the first, in the same order", (locale) => {
  expect(keysOf(locale)).toEqual(KEYS);
});

test.each(OTHERS)("every message of %s shows the same values as that of the first", (locale) => {
  const messages = (name: string) => (CATALOGUES as Record<string, Record<string, unknown>>)[name] ?? {};
  // The site's name is always there.
  const needs = (name: string, key: string) =>
    [...neededBy(messages(name)[key])].filter((value) => value !== "{product}").sort();
  // A language without a plural form may leave out the number's own choice, but not the number.
  const differ = KEYS.filter((key) => needs(locale, key).join() !== needs(FIRST, key).join());
  expect(differ.map((key) => [key, needs(FIRST, key), needs(locale, key)])).toEqual([]);
});

test("every message is used", () => {
  const { whole, beginnings } = textsOfSources();
  expect(KEYS.filter((key) => !whole.has(key) && !beginnings.some((text) => key.startsWith(text)))).toEqual([]);
});

test.each([FIRST, ...OTHERS])("no message of %s names the product: it is a setting", (locale) => {
  const texts = Object.values(catalogueOf(locale)).flatMap((entries) => Object.entries(entries));
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.filter(([, text]) => /latchkey/i.test(text))).toEqual([]);
});

test.each(OTHERS.filter((locale) => locale === "ko"))("no message of %s is left in English", (locale) => {
  const texts = Object.entries(catalogueOf(locale)).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, text]) => [`${section}.${name}`, text] as const),
  );
  const words = (text: string) => text.replace(/[{<][^{}<>]*[>}]?|\bother\b|https?:\/\/\S+|\S+@\S+/g, "");
  expect(
    texts.filter(([, text]) => text && !/\p{Script=Hangul}/u.test(text) && /[A-Za-z]{3}/.test(words(text))),
  ).toEqual([]);
});
