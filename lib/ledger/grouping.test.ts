/** @module-tag time */
import { expect, test } from "vitest";
import type { Locale } from "@/lib/i18n/locale";
import { wordsIn } from "@/lib/words";
import type { Entry } from "./activity";
import { groupByDay } from "./grouping";

const NOW = "2026-11-29T12:00:00Z";

let lastId = 1000;

/** A failed log-in, older than those created before. */
function failure(at: string, different: Partial<Entry> = {}): Entry {
  lastId -= 1;
  return {
    id: String(lastId),
    at: new Date(at).toISOString(),
    kind: "failures",
    event: "authn_login_fail",
    reason: null,
    what: "Failed log-in",
    by: "somebody",
    note: null,
    browser: "Firefox",
    system: "Linux",
    address: "192.0.2.7",
    ...different,
  };
}

type Reader = { locale?: Locale; timeZone?: string | null; now?: string };

/** The days of these entries, newest first: the title of each, with the number of entries in each of its lines. */
function grouped(entries: Entry[], { locale = "en", timeZone = "Asia/Seoul", now = NOW }: Reader = {}) {
  const days = groupByDay(entries, new Date(now), wordsIn(locale, timeZone));
  return days.map(({ title, folds }) => [title, ...folds.map(({ moments }) => moments.length)]);
}

test.each([
  ["Asia/Seoul", "2026-11-28T15:00:00.000Z", "2026-11-28T14:59:59.999Z", NOW],
  ["America/New_York", "2026-11-29T05:00:00.000Z", "2026-11-29T04:59:59.999Z", NOW],
  ["America/New_York", "2026-11-01T04:00:00.000Z", "2026-11-01T03:59:59.999Z", "2026-11-02T04:59:59.999Z"],
  ["America/New_York", "2026-03-08T05:00:00.000Z", "2026-03-08T04:59:59.999Z", "2026-03-09T03:59:59.999Z"],
  [null, "2026-11-29T00:00:00.000Z", "2026-11-28T23:59:59.999Z", NOW],
] as const)("in the time zone %s, %s is today, and %s is yesterday, at %s", (timeZone, today, yesterday, now) => {
  expect(grouped([failure(today), failure(yesterday)], { timeZone, now })).toEqual([
    ["Today", 1],
    ["Yesterday", 1],
  ]);
});

test("the day after a change of the clocks is a day later, although it begins after 25 or 23 hours", () => {
  const timeZone = "America/New_York";
  const titles = (ats: string[], now: string) =>
    grouped(
      ats.map((at) => failure(at)),
      { timeZone, now },
    );
  expect(titles(["2026-11-02T05:00:00Z", "2026-11-02T04:59:59Z", "2026-11-01T04:00:00Z"], NOW)).toEqual([
    ["2 November 2026", 1],
    ["1 November 2026", 2],
  ]);
  expect(titles(["2026-03-09T04:00:00Z", "2026-03-09T03:59:59Z", "2026-03-08T05:00:00Z"], NOW)).toEqual([
    ["9 March 2026", 1],
    ["8 March 2026", 2],
  ]);
});

test.each([
  ["en", ["Today", "Yesterday", "27 November 2026"]],
  ["ko", ["오늘", "어제", "2026년 11월 27일"]],
] as const)("days have titles in the reader's language (%s)", (locale, titles) => {
  const entries = ["2026-11-29T03:00Z", "2026-11-28T03:00Z", "2026-11-27T03:00Z"].map((at) => failure(at));
  expect(grouped(entries, { locale }).map(([title]) => title)).toEqual(titles);
});

test("only neighbours of one day that differ in nothing but their times share a line", () => {
  const entries = [
    failure("2026-11-29T03:00Z"),
    failure("2026-11-29T02:00Z"),
    failure("2026-11-29T01:00Z", { what: "Logged in", event: "authn_login_success" }),
    failure("2026-11-29T00:00Z"),
    failure("2026-11-28T14:00Z"),
    failure("2026-11-28T13:00Z"),
  ];
  expect(grouped(entries)).toEqual([
    ["Today", 2, 1, 1],
    ["Yesterday", 2],
  ]);
});

test.each(["event", "reason", "what", "by", "note", "browser", "system", "address", "userId", "byUserId"])(
  "entries with a different %s do not share a line",
  (name) => {
    const entries = [failure("2026-11-29T03:00Z"), failure("2026-11-29T02:00Z", { [name]: "another" })];
    expect(grouped(entries)).toEqual([["Today", 1, 1]]);
  },
);

test("grouping keeps the order, and every entry with its time", () => {
  const entries = Array.from({ length: 60 }, (_, hours) =>
    failure(new Date(Date.parse(NOW) - hours * 3_600_000).toISOString(), { note: hours % 7 < 4 ? "a" : "b" }),
  );
  const folds = groupByDay(entries, new Date(NOW), wordsIn("en")).flatMap((day) => day.folds);
  expect(folds.flatMap(({ moments }) => moments)).toEqual(entries.map(({ id, at }) => ({ id, at })));
  for (const { entry, moments } of folds) expect(entry).toMatchObject(moments.at(-1) ?? {});
});

test("a day that continues on the next page has its title there, too", () => {
  const entries = [failure("2026-11-28T05:00Z"), failure("2026-11-28T04:00Z"), failure("2026-11-28T03:00Z")];
  expect([grouped(entries.slice(0, 2)), grouped(entries.slice(2))]).toEqual([[["Yesterday", 2]], [["Yesterday", 1]]]);
});

test("no entries are no days", () => {
  expect(grouped([])).toEqual([]);
});
