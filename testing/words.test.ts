import { expect, test } from "vitest";
import { catalogueOf, localesOf } from "@/lib/i18n/compile";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { faultsOfCatalogues, keysOf } from "@/testing/catalogues";

// Tests that the catalogues are complete, and contain nothing superfluous.

const [FIRST = "en", ...OTHERS] = localesOf();
const KEYS = keysOf(FIRST);

test("all catalogues have the same messages in the same order, and every message is used", () => {
  expect(KEYS.length).toBeGreaterThan(400);
  expect(faultsOfCatalogues()).toEqual([]);
});

/** The names of the values and tags in a compiled message: `{count}`, `<b>`. */
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

test.each(OTHERS)("every message in the language %s uses the same values as the English one", (locale) => {
  const messages = (name: string) => (CATALOGUES as Record<string, Record<string, unknown>>)[name] ?? {};
  // Every message can use the site's name, so a translation may add it or leave it out.
  const needs = (name: string, key: string) =>
    [...neededBy(messages(name)[key])].filter((value) => value !== "{product}").sort();
  // A language without plural forms may have no choice by a number, but must show the number.
  const differ = KEYS.filter((key) => needs(locale, key).join() !== needs(FIRST, key).join());
  expect(differ.map((key) => [key, needs(FIRST, key), needs(locale, key)])).toEqual([]);
});

test.each([FIRST, ...OTHERS])(
  "no message in the language %s contains the name Latchkey, because the name is a setting",
  (locale) => {
    const texts = Object.values(catalogueOf(locale)).flatMap((entries) => Object.entries(entries));
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.filter(([, text]) => /latchkey/i.test(text))).toEqual([]);
  },
);

test.each(OTHERS.filter((locale) => locale === "ko"))("no message in the language %s is still in English", (locale) => {
  const texts = Object.entries(catalogueOf(locale)).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, text]) => [`${section}.${name}`, text] as const),
  );
  const words = (text: string) => text.replace(/[{<][^{}<>]*[>}]?|\bother\b|https?:\/\/\S+|\S+@\S+/g, "");
  expect(
    texts.filter(([, text]) => text && !/\p{Script=Hangul}/u.test(text) && /[A-Za-z]{3}/.test(words(text))),
  ).toEqual([]);
});
