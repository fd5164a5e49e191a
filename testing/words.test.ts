import { expect, test } from "vitest";
import { catalogueOf, localesOf } from "@/lib/i18n/compile";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { faultsOfCatalogues, keysOf } from "@/testing/catalogues";

// The catalogues are complete, and nothing in them is left over.

const [FIRST = "en", ...OTHERS] = localesOf();
const KEYS = keysOf(FIRST);

test("all catalogues have the same messages in the same order, and every message is used", () => {
  expect(KEYS.length).toBeGreaterThan(400);
  expect(faultsOfCatalogues()).toEqual([]);
});

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

test.each(OTHERS)("every message of %s shows the same values as that of the first", (locale) => {
  const messages = (name: string) => (CATALOGUES as Record<string, Record<string, unknown>>)[name] ?? {};
  // The site's name is always there.
  const needs = (name: string, key: string) =>
    [...neededBy(messages(name)[key])].filter((value) => value !== "{product}").sort();
  // A language without a plural form may leave out the number's own choice, but not the number.
  const differ = KEYS.filter((key) => needs(locale, key).join() !== needs(FIRST, key).join());
  expect(differ.map((key) => [key, needs(FIRST, key), needs(locale, key)])).toEqual([]);
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
