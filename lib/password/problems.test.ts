import { expect, test } from "vitest";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { LOCALES } from "@/lib/i18n/compiled/locales";
import { wordsFrom } from "@/lib/i18n/words";
import { PROBLEMS } from "./problems";

function wordsOf(locale: (typeof LOCALES)[number]) {
  return wordsFrom(CATALOGUES[locale], { locale, timeZone: null, product: "Example" });
}

test.each(LOCALES)("every password problem has its own explanation in the language %s", (locale) => {
  // "shorter" is "short" with another limit.
  const texts = Object.values(PROBLEMS).map(wordsOf(locale).say);
  for (const text of texts) expect(text.length).toBeGreaterThan(15);
  expect(new Set(texts).size).toBe(texts.length);
});

test.each(LOCALES)(
  "the explanations of too short and too long passwords state the limit in the language %s",
  (locale) => {
    const { say } = wordsOf(locale);
    expect(say(PROBLEMS.short)).toMatch(/\b15/);
    expect(say(PROBLEMS.long)).toMatch(/\b256/);
  },
);
