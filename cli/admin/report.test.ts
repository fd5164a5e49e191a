import { expect, test } from "vitest";
import { harmless, jsonText } from "./report";
import { table } from "./table";

const HOSTILE = "Ada\u001b]0;owned\u0007\u009b2J\u202e\u2028\u{e0041}";

test("control characters, escape sequences and direction overrides are printed escaped", () => {
  expect(harmless(HOSTILE)).toBe("Ada\\u001b]0;owned\\u0007\\u009b2J\\u202e\\u2028\\udb40\\udc41");
});

test("characters that names need are not escaped", () => {
  for (const name of ["Zoë", "李雷", "می\u200cخواهم", "👩\u200d🚀", "O'Brien \\u001b"])
    expect(harmless(name)).toBe(name);
});

test("JSON contains no control character, and parses to the same value", () => {
  const text = jsonText({ name: HOSTILE });
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(text)).toEqual({ name: HOSTILE });
});

test("a table is aligned, without trailing spaces", () => {
  expect(
    table(
      [
        ["A", "B"],
        ["long", "x"],
        ["", "y"],
      ],
      { width: 80 },
    ),
  ).toEqual(["A     B", "long  x", "      y"]);
});

test("a table that is too wide shortens only its flexible columns", () => {
  const rows = [
    ["EMAIL", "NAME"],
    ["a".repeat(90), "n".repeat(30)],
  ];
  const [heading, row] = table(rows, { width: 80, flexible: [0] });

  expect(row).toBe(`${"a".repeat(47)}…  ${"n".repeat(30)}`);
  expect(heading).toBe(`EMAIL${" ".repeat(45)}NAME`);
  expect(table(rows, { width: Number.POSITIVE_INFINITY, flexible: [0] })[1]).toBe(
    `${"a".repeat(90)}  ${"n".repeat(30)}`,
  );
});

test("a right-to-left name stays in its column", () => {
  expect(table([["חנה", "x@example.com"]], { width: 80 }).map(harmless)).toEqual(["\u2068חנה\u2069  x@example.com"]);
  expect(jsonText("\u2068חנה\u2069")).not.toMatch(/\p{Cf}/u);
});

test("a line break in a cell is escaped", () => {
  expect(table([["a\nb", "c"]], { width: 80 })).toEqual(["a\\u000ab  c"]);
});
