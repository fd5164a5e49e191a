import { DAY, HOUR, MINUTE } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";

/** The number of days that charts show, including today. */
const SHOWN = 30;

/** How long sums are needed, in milliseconds: the days shown may begin on the evening before in UTC, and one may have 25 hours. */
export const NEEDED = (SHOWN + 1) * DAY;

/** Sums are kept per quarter of an hour, in milliseconds: days begin with a quarter in every time zone. */
export const QUARTER = 15 * MINUTE;

/** Whose days these are: a time zone (IANA; null for UTC), and the moment that is in the last day. */
export type Reader = { timeZone: string | null; now: Date };

/** A day of a calendar as YYYY-MM-DD, from its first moment until the first of the next day. */
type Span = { day: string; since: Date; until: Date };

/**
 * The reader's last 30 days, oldest first, including today. The rules of the time zone are those by which pages
 * write times: Postgres may lack a zone that the browser knows, or have it under another name.
 */
export function lastDays({ timeZone, now }: Reader): Span[] {
  const dayAt = calendarOf(timeZone ?? "UTC");
  const today = Date.parse(dayAt(now.getTime()));
  const days = Array.from({ length: SHOWN + 1 }, (_, index) => nameOf(today + (index + 1 - SHOWN) * DAY));
  const starts = days.map((day) => startOf(day, dayAt));
  return days.slice(0, SHOWN).map((day, index) => ({
    day,
    since: starts[index] as Date,
    until: starts[index + 1] as Date,
  }));
}

/**
 * These days as a table for a query: `days (day, since, until)`. Join it with LATERAL: Postgres would answer a plain
 * join by comparing each row with every day.
 */
export function daysTable(reader: Reader): Prisma.Sql {
  const days = lastDays(reader);
  return Prisma.sql`unnest(
    ${days.map(({ day }) => day)}::text[],
    ${days.map(({ since }) => since)}::timestamptz[],
    ${days.map(({ until }) => until)}::timestamptz[]) AS days (day, since, until)`;
}

/** Tells which day a moment has in a time zone. */
function calendarOf(timeZone: string): (at: number) => string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => {
    const [month, , day, , year] = parts.formatToParts(at).map(({ value }) => value);
    return `${year}-${month}-${day}`;
  };
}

/** The first quarter of a day, by bisection of the 28 hours in which the day begins in one zone or another. */
function startOf(day: string, dayAt: (at: number) => string): Date {
  let [before, start] = [Date.parse(day) - 15 * HOUR, Date.parse(day) + 13 * HOUR];
  while (start - before > QUARTER) {
    const middle = before + Math.floor((start - before) / QUARTER / 2) * QUARTER;
    if (dayAt(middle) < day) before = middle;
    else start = middle;
  }
  return new Date(start);
}

/** A day's name from its midnight in UTC. */
function nameOf(midnight: number): string {
  return new Date(midnight).toISOString().slice(0, 10);
}
