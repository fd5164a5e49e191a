import { expect, test } from "vitest";
import { MOMENT } from "./fields";

test.each([
  ["2026-02-28", "2026-02-28T00:00:00.000Z"],
  ["2024-02-29 18:00", "2024-02-29T18:00:00.000Z"],
  ["2026-01-31T18:00+09:00", "2026-01-31T09:00:00.000Z"],
  ["", ""],
])("%j is a moment", (text, moment) => {
  expect(MOMENT.accept(text)).toBe(moment);
});

test.each([
  "2026-02-30",
  "2025-02-29",
  "2026-04-31",
  "2026-13-01",
  "2026-00-10",
  "0000-01-01",
  "0001-01-01T00:00+23:59",
  "+275760-09-13",
  "NaN",
  "1e999",
  "-1",
  "2026-01-01T25:00",
  "2026-01-01T00:00+99:99",
])(
  // biome-ignore format: a list of texts
  "%s is no moment: the calendar has none, or Postgres has not",
  (text) => {
    expect(MOMENT.accept(text)).toBeNull();
  },
);
