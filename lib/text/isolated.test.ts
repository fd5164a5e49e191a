import { expect, test } from "vitest";
import { isolated } from "./isolated";

test("a right-to-left name does not move the text beside it", () => {
  expect(isolated("חנה")).toBe("\u2068חנה\u2069");
  expect(isolated("سارة (work)")).toBe("\u2068سارة (work)\u2069");
});

test("a name that changes the direction of text cannot do so beyond its own end", () => {
  expect(isolated("Kim\u202e")).toBe("\u2068Kim\u2069");
  expect(isolated("a\u2069\u202eb")).toBe("\u2068ab\u2069");
});

test("any other name stays unchanged", () => {
  for (const name of ["Ada", "김하나", "İstanbul", "Zoë 👩‍💻", "name@example.com"]) expect(isolated(name)).toBe(name);
});
