/** @module-tag time */
import { expect, test } from "vitest";
import { instantOf, localTime } from "./local-time";

test.each([
  ["2026-01-31T18:00", "Europe/Berlin", "2026-01-31T17:00:00.000Z"],
  ["2026-07-31T18:00", "Europe/Berlin", "2026-07-31T16:00:00.000Z"],
  ["2026-07-31T18:00", "UTC", "2026-07-31T18:00:00.000Z"],
  ["2026-07-31T00:15", "Asia/Kathmandu", "2026-07-30T18:30:00.000Z"],
  // The clocks go forward at two, back at three.
  ["2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59:00.000Z"],
  ["2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
  ["2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
  ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
  ["2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z"],
  // A day without midnight, and one that did not exist.
  ["2026-04-24T00:00", "Africa/Cairo", "2026-04-23T22:00:00.000Z"],
  ["2011-12-31T00:00", "Pacific/Apia", "2011-12-30T10:00:00.000Z"],
])("%s in %s is %s", (local, timeZone, instant) => {
  expect(instantOf(local, timeZone).toISOString()).toBe(instant);
});

test.each(["Europe/Berlin", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", null])(
  "a time of a year is read as it was written in %s, or as the same time before the clocks went back",
  (timeZone) => {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 3_600_000) {
      const local = localTime(new Date(at), timeZone);
      const read = instantOf(local, timeZone ?? "UTC");
      expect(localTime(read, timeZone)).toBe(local);
      expect(at - read.getTime()).toBeLessThanOrEqual(3_600_000);
    }
  },
);
