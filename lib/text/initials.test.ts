import { expect, test } from "vitest";
import { initialsOf } from "./initials";

test.each([
  ["Ada Lovelace", "AL"],
  ["ada", "A"],
  ["  Ada   King  Lovelace ", "AL"],
  ["Jean-Paul Sartre", "JS"],
  ["ilker Ünal", "IÜ"],
  ["ßeta Örn", "ßÖ"],
  ["(Ada) “Countess”", "AC"],
  ["Élodie", "É"],
  ["E\u0301lodie", "É"],
  ["Ada Lovelace 🚀", "AL"],
  ["3 Musketeers", "3M"],
  ["山田太郎", "山"],
  ["𠮷野 家", "𠮷家"],
])("a name is shortened to its first and its last initial: %s → %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test.each([
  ["김민수", "민수"],
  ["김민수".normalize("NFD"), "민수"],
  ["김 민수", "민수"],
  ["민수 김", "민수"],
  ["남궁민수", "민수"],
  ["남궁 민수", "민수"],
  ["이산", "이산"],
  ["솔", "솔"],
  ["고객지원담당자", "고"],
  ["김민수 Kim", "김K"],
])("a Korean name is shortened to its given name: %s → %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test.each([
  ["דוד כהן", "דכ"],
  ["سارة", "س"],
  ["محمد علي", "م\u200cع"],
])("a right-to-left name keeps the order of its words, and its letters do not join: %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test.each([
  ["👩‍👩‍👧 👍🏽", "👩‍👩‍👧"],
  ["🇰🇷", "🇰🇷"],
  ["!?", "!"],
])("a name without letters is shortened to its first whole character: %s → %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test.each(["", " \n"])("a blank name has no initials: %j", (name) => {
  expect(initialsOf(name)).toBe("");
});
