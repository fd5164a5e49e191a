/** @module-tag time */
import { expect, test } from "vitest";
import { ENGLISH, wordsIn } from "@/lib/words";
import type { Entry } from "./activity";
import { conditionOf, parseFilter, rangeOf } from "./filter";

const ENTRY: Entry = {
  id: "1",
  at: "2026-11-29T09:40:00.000Z",
  kind: "failures",
  event: "authn_login_fail",
  reason: null,
  what: "Failed log-in",
  by: "somebody",
  note: null,
  browser: "Firefox",
  system: "Linux",
  address: "192.0.2.7",
};

function isFound(query: Record<string, unknown>, entry: Partial<Entry> = {}, words = ENGLISH): boolean {
  const { filter } = parseFilter(query);
  return conditionOf(filter, words)?.({ ...ENTRY, ...entry }) ?? true;
}

test.each([
  [{ search: "failed" }, true],
  [{ search: "  LOG-IN   ｆａｉｌｅｄ " }, true],
  [{ search: "failed password" }, false],
  [{ search: "unknown visitor" }, true],
  [{ search: "firefox on linux" }, true],
  [{ search: "192.0.2" }, true],
  [{ search: "authn_login_fail" }, true],
  [{ search: "2026" }, false],
  [{ search: "%" }, false],
  [{ device: "Firefox/Linux" }, true],
  [{ device: "Firefox" }, false],
  [{ device: "firefox/linux" }, false],
  [{ address: "192.0.2.7" }, true],
  [{ address: "192.0.2.70" }, false],
  [{ address: "192.0.2.0/29" }, true],
  [{ address: "192.0.2.8/29" }, false],
  [{ address: "::ffff:192.0.2.7" }, true],
  [{ address: "2001:db8::/32" }, false],
  [{ search: "failed", device: "Firefox/Linux", address: "192.0.2.0/24" }, true],
  [{ search: "failed", device: "Safari/iOS", address: "192.0.2.0/24" }, false],
  [{}, true],
])("a failed log-in of Firefox on Linux from 192.0.2.7 with the filters %o is found: %s", (query, expected) => {
  expect(isFound(query)).toBe(expected);
});

test("a search for a short word finds the beginnings of words: not every browser on Linux is in a search for “logged in”", () => {
  expect(isFound({ search: "logged in" }, { what: "Logged in" })).toBe(true);
  expect(isFound({ search: "logged in" }, { what: "Logged out" })).toBe(false);
  expect(isFound({ search: "logged li" }, { what: "Logged out" })).toBe(true);
});

test("a search is in the reader's language", () => {
  const failure = { what: "로그인 실패" };
  expect(isFound({ search: "로그인" }, failure, wordsIn("ko"))).toBe(true);
  expect(isFound({ search: "방문자" }, failure, wordsIn("ko"))).toBe(true);
  expect(isFound({ search: "로그인".normalize("NFD") }, failure, wordsIn("ko"))).toBe(true);
  expect(isFound({ search: "failed" }, failure, wordsIn("ko"))).toBe(false);
});

test("an entry without a device and an address is found by neither", () => {
  const hidden = { browser: null, system: null, address: null };
  expect(isFound({ device: "Firefox/Linux" }, hidden)).toBe(false);
  expect(isFound({ address: "0.0.0.0/0" }, hidden)).toBe(false);
});

test.each([
  [{ from: "yesterday" }, { from: "activityPage.wrongDay" }],
  [{ from: "2026-02-30" }, { from: "activityPage.wrongDay" }],
  [{ to: "0001-01-01" }, { to: "activityPage.wrongDay" }],
  [{ to: "9999-12-31" }, { to: "activityPage.wrongDay" }],
  [{ from: "2026-11-02", to: "2026-11-01" }, { to: "activityPage.wrongOrder" }],
  [{ from: "2026-11-01", to: "2026-11-01" }, {}],
  [{ address: "192.0.2.0/33" }, { address: "activityPage.wrongAddress" }],
  [{ address: "example.com" }, { address: "activityPage.wrongAddress" }],
  [{ search: ["a", "b"], from: {}, kind: "constructor" }, {}],
])("what a filter cannot be is ignored, and named: %o", (query, faults) => {
  const parsed = parseFilter(query);
  expect(parsed.faults).toEqual(faults);
  for (const name of Object.keys(faults) as (keyof typeof parsed.filter)[]) expect(parsed.filter[name]).toBeNull();
});

test.each([
  ["Asia/Seoul", "2026-10-31T15:00:00.000Z", "2026-11-02T15:00:00.000Z"],
  // The clocks went back on the first of these days.
  ["America/New_York", "2026-11-01T04:00:00.000Z", "2026-11-03T05:00:00.000Z"],
  [null, "2026-11-01T00:00:00.000Z", "2026-11-03T00:00:00.000Z"],
] as const)("days are the reader's, and the last one is included: %s", (timeZone, since, until) => {
  const { filter } = parseFilter({ from: "2026-11-01", to: "2026-11-02" });
  const range = rangeOf(filter, timeZone);
  expect([range.since?.toISOString(), range.until?.toISOString()]).toEqual([since, until]);
});
