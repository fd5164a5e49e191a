/** @module-tag time */
import { expect, test } from "vitest";
import { HOUR } from "@/lib/env";
import { calendarOf, isDay, lastDays, momentsOf } from "./days";

/** The first moment and the length in hours of one of the 30 days up to `now`. */
function dayIn(timeZone: string | null, now: string, name: string): [since: string | undefined, hours: number] {
  const found = lastDays({ timeZone, now: new Date(now) }).find(({ day }) => day === name);
  return [found?.since.toISOString(), (Number(found?.until) - Number(found?.since)) / HOUR];
}

test.each([
  ["UTC where the zone is not known", null, "2026-11-29", "2026-11-29T00:00:00.000Z", 24],
  ["five hours behind", "America/New_York", "2026-11-29", "2026-11-29T05:00:00.000Z", 24],
  ["with 45 minutes", "Asia/Kathmandu", "2026-11-29", "2026-11-28T18:15:00.000Z", 24],
  ["as far ahead as any", "Pacific/Kiritimati", "2026-11-29", "2026-11-28T10:00:00.000Z", 24],
  ["as far behind as any", "Etc/GMT+12", "2026-11-29", "2026-11-29T12:00:00.000Z", 24],
  ["on which clocks go back", "America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
  ["on which clocks go forward", "America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z", 23],
  ["on which clocks go back half an hour", "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 24.5],
  ["without a midnight", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z", 23],
  ["with its last hour twice", "Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00.000Z", 25],
] as const)("a day begins and ends at its zone's midnight: %s", (_, timeZone, day, since, hours) => {
  expect(dayIn(timeZone, `${day}T12:00:00Z`, day)).toEqual([since, hours]);
});

test.each([
  ["2026-11-29T09:59:59.999Z", "2026-10-31", "2026-11-29"],
  ["2026-11-29T10:00:00.000Z", "2026-11-01", "2026-11-30"],
])("at %s, the 30 days in Kiritimati are %s to %s", (now, first, last) => {
  const days = lastDays({ timeZone: "Pacific/Kiritimati", now: new Date(now) });
  expect([days.length, days[0]?.day, days[29]?.day]).toEqual([30, first, last]);
});

test.each(["America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", null])(
  "in %s, each of the 30 days begins where the one before ends, and now is in the last",
  (timeZone) => {
    const now = new Date("2026-11-15T12:00:00Z");
    const days = lastDays({ timeZone, now });
    for (const [index, { until }] of days.slice(0, -1).entries()) expect(days[index + 1]?.since).toEqual(until);
    expect(Number(days[29]?.since)).toBeLessThanOrEqual(now.getTime());
    expect(Number(days[29]?.until)).toBeGreaterThan(now.getTime());
  },
);

test.each([
  ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z", 23],
  ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", 23],
  ["with its first hour twice, in America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", 25],
  ["left out, in Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", 0],
  ["Europe/Amsterdam", "1970-01-01", "1969-12-31T23:00:00.000Z", 24],
  ["Pacific/Kiritimati", "9998-12-31", "9998-12-30T10:00:00.000Z", 24],
] as const)("a day of any year has the moments of its time zone: %s, %s", (name, day, since, hours) => {
  const timeZone = name.replace(/.* /, "");
  const moments = momentsOf(day, timeZone);
  expect([moments.since.toISOString(), (Number(moments.until) - Number(moments.since)) / HOUR]).toEqual([since, hours]);
});

test("in time zones of all regions, each day begins with a moment of its own, after one of another day", () => {
  const some = Intl.supportedValuesOf("timeZone").filter((_, index) => index % 6 === 0);
  for (const timeZone of some) {
    const dayAt = calendarOf(timeZone);
    for (const { day, since } of lastDays({ timeZone, now: new Date("2026-04-10T12:00:00Z") }))
      expect([timeZone, dayAt(since.getTime()), dayAt(since.getTime() - 1) < day]).toEqual([timeZone, day, true]);
  }
});

test.each([
  ["1969-12-31", false],
  ["1970-01-01", true],
  ["2026-02-29", false],
  ["9998-12-31", true],
  ["9999-01-01", false],
])("%s is a day that filters accept: %s", (day, expected) => {
  expect(isDay(day)).toBe(expected);
});
