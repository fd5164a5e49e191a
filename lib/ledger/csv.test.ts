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

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("no cell is run by a spreadsheet: %j", (text) => {
  expect(toCsv([entry(text)], COLUMNS.own)).toMatch(/,you,,"?'/);
});

test("what has a comma, a quote or a line of its own stays one cell", () => {
  expect(toCsv([entry('a, "b"\nc')], COLUMNS.own)).toContain('"a, ""b""\nc"');
});

test("every line has the columns that the first one names", () => {
  expect(header(COLUMNS.own)).toBe("at,what,by,note,browser,system,address,event\r\n");
  expect(toCsv([entry("Firefox")], COLUMNS.own)).toBe(
    "2026-01-01T00:00:00.000Z,Signed in,you,,Firefox,,192.0.2.7,authn_login_success\r\n",
  );
});
