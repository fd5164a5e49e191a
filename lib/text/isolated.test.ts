import { expect, test } from "vitest";
import { isolated } from "./isolated";

test("a name that is written from right to left does not move what stands beside it", () => {
  expect(isolated("חנה")).toBe("\u2068חנה\u2069");
  expect(isolated("سارة (work)")).toBe("\u2068سارة (work)\u2069");
});

test("a name that turns the direction cannot do so beyond its own end", () => {
  expect(isolated("Kim\u202e")).toBe("\u2068Kim\u2069");
  expect(isolated("a\u2069\u202eb")).toBe("\u2068ab\u2069");
});

test("any other name is left as it is", () => {
  for (const name of ["Ada", "김하나", "İstanbul", "Zoë 👩‍💻", "name@example.com"]) expect(isolated(name)).toBe(name);
});
