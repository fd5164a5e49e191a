import { expect, test } from "vitest";
import type { Entry } from "./activity";
import { COLUMNS, header, toCsv } from "./csv";

function entry(browser: string): Entry {
  return {
    id: "1",
    at: "2026-01-01T00:00:00.000Z",
    kind: "sign-ins",
    event: "authn_login_success",
    what: "Signed in",
    by: "you",
    note: null,
    browser,
    system: null,
    address: "192.0.2.7",
  };
}

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "＝1+1", "＠SUM(A1)"])(
  "no cell is run by a spreadsheet: %j",
  (text) => {
    expect(toCsv([entry(text)], COLUMNS.own)).toMatch(/,you,,"?'/);
  },
);

test("what has a comma, a quote or a line of its own stays one cell", () => {
  expect(toCsv([entry('a, "b"\nc')], COLUMNS.own)).toContain('"a, ""b""\nc"');
});

test("a cell stays one where semicolons or tabs divide", () => {
  expect(toCsv([entry("a;=1+1")], COLUMNS.own)).toContain('"a;=1+1"');
  expect(toCsv([entry("a\t=1+1")], COLUMNS.own)).toContain('"a\t=1+1"');
});

test("a cell that turns the direction of writing does not turn the next ones", () => {
  expect(toCsv([entry("Kim\u202e")], COLUMNS.own)).toContain(",Kim\\u202e,");
});

test("every line has the columns that the first one names", () => {
  expect(header(COLUMNS.own)).toBe("at,what,by,note,browser,system,address,event\r\n");
  expect(toCsv([entry("Firefox")], COLUMNS.own)).toBe(
    "2026-01-01T00:00:00.000Z,Signed in,you,,Firefox,,192.0.2.7,authn_login_success\r\n",
  );
});
