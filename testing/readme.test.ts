import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// The README is in two languages. These tests fail when only one of them was changed.

const [ENGLISH, KOREAN] = ["README.md", "README.ko.md"];

test("both READMEs have headings of the same levels in the same order", () => {
  const levels = (file: string) =>
    [...withoutCode(file).matchAll(/^(#+) \S/gm)].map(([, level]) => String(level).length);
  expect(levels(ENGLISH).length).toBeGreaterThan(5);
  expect(levels(KOREAN)).toEqual(levels(ENGLISH));
});

test("both READMEs have exactly the same blocks of code", () => {
  expect(codeOf(ENGLISH).join()).toContain("npm start");
  expect(codeOf(KOREAN)).toEqual(codeOf(ENGLISH));
});

test("both READMEs link to the same pages and pictures, and to each other", () => {
  const { own: english, siblings: toKorean } = linksOf(ENGLISH);
  const { own: korean, siblings: toEnglish } = linksOf(KOREAN);
  expect(english.length).toBeGreaterThan(15);
  expect(korean).toEqual(english);
  expect([toKorean, toEnglish]).toEqual([[KOREAN], [ENGLISH]]);
});

const CODE = /^```.*?^```$/gms;

function codeOf(file: string): string[] {
  return readFileSync(file, "utf8").match(CODE) ?? [];
}

/** A README without its blocks of code, in which "#" begins a comment. */
function withoutCode(file: string): string {
  return readFileSync(file, "utf8").replace(CODE, "");
}

/** The targets of the links, with those to a README apart. Sorted, because word order differs between languages. */
function linksOf(file: string): { own: string[]; siblings: string[] } {
  const targets = [...withoutCode(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => String(target)).sort();
  const isSibling = (target: string) => [ENGLISH, KOREAN].includes(target);
  return { own: targets.filter((target) => !isSibling(target)), siblings: targets.filter(isSibling) };
}
