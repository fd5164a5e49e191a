import { expect, test } from "vitest";
import { harmless, jsonText } from "./report";
import { table } from "./table";

const HOSTILE = "Ada\u001b]0;owned\u0007\u009b2J\u202e\u2028\u{e0041}";

test("a control character, an escape sequence and a turned direction of writing stand there in letters", () => {
  expect(harmless(HOSTILE)).toBe("Ada\\u001b]0;owned\\u0007\\u009b2J\\u202e\\u2028\\udb40\\udc41");
});

test("what names are written with stays as it is", () => {
  for (const name of ["Zoë", "李雷", "می\u200cخواهم", "👩\u200d🚀", "O'Brien \\u001b"])
    expect(harmless(name)).toBe(name);
});

test("JSON has no control character in it either, and is the same value", () => {
  const text = jsonText({ name: HOSTILE });
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(text)).toEqual({ name: HOSTILE });
});

test("a table is aligned, and its last column leaves no spaces behind", () => {
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

test("a table that is too wide for the terminal is cut where that is allowed, and nowhere else", () => {
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

test("a name that is written from right to left stays in its column", () => {
  expect(table([["חנה", "x@example.com"]], { width: 80 }).map(harmless)).toEqual(["\u2068חנה\u2069  x@example.com"]);
  expect(jsonText("\u2068חנה\u2069")).not.toMatch(/\p{Cf}/u);
});

test("a cell cannot break out of its line", () => {
  expect(table([["a\nb", "c"]], { width: 80 })).toEqual(["a\\u000ab  c"]);
});
