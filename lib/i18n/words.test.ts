import compile from "icu-minify/compile";
import { expect, test } from "vitest";
import { acceptedLocale, timeZoneOf } from "./locale";
import { wordsFrom } from "./words";

const ENGLISH = { locale: "en", timeZone: "Asia/Seoul", product: "Example" } as const;
const KOREAN = { ...ENGLISH, locale: "ko" } as const;

/** The text of one message, by default in English. */
function said(message: string, values: object, settings: Parameters<typeof wordsFrom>[1] = ENGLISH): string {
  return wordsFrom({ "ui.language": compile(message) }, settings).say(["ui.language", values] as never);
}

test.each([
  [0, "0 sessions", "세션 0개"],
  [1, "1 session", "세션 1개"],
  [2, "2 sessions", "세션 2개"],
  [21, "21 sessions", "세션 21개"],
  [5997, "5,997 sessions", "세션 5,997개"],
])("a message uses the plural form for the count %d", (count, english, korean) => {
  expect(said("{count, plural, one {# session} other {# sessions}}", { count })).toBe(english);
  expect(said("세션 {count, plural, other {#}}개", { count }, KOREAN)).toBe(korean);
});

test("a message contains the site's name, and its values are neither escaped nor parsed", () => {
  expect(said("{name} logged in to {product}", { name: "<b>{count}</b>" })).toBe("<b>{count}</b> logged in to Example");
});

test("times are in the reader's language and time zone, or in UTC and marked as such", () => {
  const at = new Date("2026-11-28T15:30:00Z");
  const moments = [
    { locale: "en", timeZone: "Asia/Seoul" },
    { locale: "en", timeZone: null },
    { locale: "ko", timeZone: "Asia/Seoul" },
    { locale: "ko", timeZone: "America/New_York" },
  ] as const;
  expect(moments.map((reader) => wordsFrom({}, { ...reader, product: "" }).moment(at))).toEqual([
    "29 Nov 2026, 00:30",
    "28 Nov 2026, 15:30 UTC",
    "2026. 11. 29. 00:30",
    "2026. 11. 28. 10:30",
  ]);
});

test.each([
  ["en", "Asia/Seoul", "00:30", "00:30:05", "29 Nov 2026, 00:30:05 GMT+9", "29 November 2026"],
  ["en", null, "15:30 UTC", "15:30:05 UTC", "28 Nov 2026, 15:30:05 UTC", "28 November 2026"],
  ["ko", "Asia/Seoul", "00:30", "00:30:05", "2026. 11. 29. 0시 30분 5초 GMT+9", "2026년 11월 29일"],
  ["ko", "America/New_York", "10:30", "10:30:05", "2026. 11. 28. 10시 30분 5초 GMT-5", "2026년 11월 28일"],
] as const)("a time alone, an exact moment and a long date are in the language %s and the zone %s", (...row) => {
  const [locale, timeZone, ...texts] = row;
  const at = new Date("2026-11-28T15:30:05Z");
  const { time, exactMoment, day } = wordsFrom({}, { locale, timeZone, product: "" });
  expect([time(at), time(at, "seconds"), exactMoment(at), day(at, "long")]).toEqual(texts);
});

test.each([
  [59_999, null, null],
  [-60_000, "1 minute ago", "1분 전"],
  [-7_199_999, "2 hours ago", "2시간 전"],
  [7_200_000, "in 2 hours", "2시간 후"],
  [-86_400_000, "1 day ago", "1일 전"],
])("a moment %d milliseconds away is described in the largest unit that fits", (milliseconds, english, korean) => {
  expect(wordsFrom({}, ENGLISH).relative(milliseconds)).toBe(english);
  expect(wordsFrom({}, KOREAN).relative(milliseconds)).toBe(korean);
});

test.each([
  [900_000, "15 minutes", "15분"],
  [90_000, "90 seconds", "90초"],
  [86_400_000, "1 day", "1일"],
  [2_592_000_000, "30 days", "30일"],
])("a duration of %d milliseconds is written in the largest unit that divides it", (milliseconds, english, korean) => {
  expect(wordsFrom({}, ENGLISH).duration(milliseconds)).toBe(english);
  expect(wordsFrom({}, KOREAN).duration(milliseconds)).toBe(korean);
});

test.each([
  ["ko-KR,ko;q=0.9,en;q=0.8", "ko"],
  ["de-DE,de;q=0.9,ko;q=0.5,en;q=0.4", "ko"],
  ["en-US,en;q=0.9", "en"],
  ["de, fr", null],
  ["ko;q=0, en", "en"],
  ["*", null],
  ["*;q=0.5, ko", "ko"],
  ["de, *;q=0.8, ko;q=0.5", null],
  ["KO-kr", "ko"],
  ["kok", null],
  ["en-XA", "en"],
  ["", null],
  [undefined, null],
  ["x".repeat(100_000), null],
  [";;q=,,=", null],
])("the header Accept-Language: %j selects the language %j", (header, locale) => {
  expect(acceptedLocale(header)).toBe(locale);
});

test.each([
  ["Asia/Seoul", "Asia/Seoul"],
  ["UTC", "UTC"],
  ["Nowhere/Land", null],
  ["'; DROP TABLE", null],
  ["+01:23", null],
  ["-0500", null],
  ["x".repeat(100), null],
  [undefined, null],
])("%j is read as the time zone %j", (text, zone) => {
  expect(timeZoneOf(text)).toBe(zone);
});
