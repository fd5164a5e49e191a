import { expect, test } from "vitest";
import type { Entry } from "./activity";
import { COLUMNS, header, toCsv } from "./csv";

function entry(browser: string): Entry {
  return {
    id: "1",
    at: "2026-01-01T00:00:00.000Z",
    kind: "sign-ins",
    event: "authn_login_success",
    reason: null,
    what: "Signed in",
    by: "you",
    note: null,
    browser,
    system: null,
    address: "192.0.2.7",
  };
}

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "＝1+1", "＠SUM(A1)"])(
  "no cell can run as a formula in a spreadsheet: %j",
  (text) => {
    expect(toCsv([entry(text)], COLUMNS.own)).toMatch(/,you,,"?'/);
  },
);

test("text with a comma, a quote or a line break stays in one cell", () => {
  expect(toCsv([entry('a, "b"\nc')], COLUMNS.own)).toContain('"a, ""b""\nc"');
});

test("text with a semicolon or a tab stays in one cell", () => {
  expect(toCsv([entry("a;=1+1")], COLUMNS.own)).toContain('"a;=1+1"');
  expect(toCsv([entry("a\t=1+1")], COLUMNS.own)).toContain('"a\t=1+1"');
});

test("a cell that changes the direction of text does not affect the next cells", () => {
  expect(toCsv([entry("Kim\u202e")], COLUMNS.own)).toContain(",Kim\\u202e,");
});

test("every line has the columns of the header", () => {
  expect(header(COLUMNS.own)).toBe("at,what,by,note,browser,system,address,event\r\n");
  expect(toCsv([entry("Firefox")], COLUMNS.own)).toBe(
    "2026-01-01T00:00:00.000Z,Signed in,you,,Firefox,,192.0.2.7,authn_login_success\r\n",
  );
});
