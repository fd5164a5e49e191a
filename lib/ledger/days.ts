import { DAY, MINUTE } from "@/lib/env";
import { instantOf } from "@/lib/forms/local-time";
import { Prisma } from "@/prisma/client/client";

/** The number of days that charts show, including today. */
const SHOWN = 30;

/**
 * How long sums are needed, in milliseconds. The 30 days and a margin: in another time zone the
 * first day may begin before midnight in UTC, and one of the days may have 25 hours.
 */
export const NEEDED = (SHOWN + 1) * DAY;

/** The period of one sum, in milliseconds. In every time zone, days begin at a full quarter of an hour. */
export const QUARTER = 15 * MINUTE;

/** Decides which days a chart shows: the reader's time zone (IANA; null for UTC), and the moment that counts as now. */
export type Reader = { timeZone: string | null; now: Date };

/** A day as YYYY-MM-DD, with its first moment and the first moment of the next day. */
type Span = { day: string; since: Date; until: Date };

/**
 * The reader's last 30 days, oldest first, including today. The time zone's rules come from Node.js, as for all times
 * on pages. Postgres may lack a zone that the browser knows, or have it under another name.
 */
export function lastDays({ timeZone, now }: Reader): Span[] {
  const dayAt = calendarOf(timeZone ?? "UTC");
  const today = Date.parse(dayAt(now.getTime()));
  const days = Array.from({ length: SHOWN + 1 }, (_, index) => nameOf(today + (index + 1 - SHOWN) * DAY));
  const starts = days.map((day) => startOf(day, timeZone));
  return days.slice(0, SHOWN).map((day, index) => ({
    day,
    since: starts[index] as Date,
    until: starts[index + 1] as Date,
  }));
}

/**
 * The reader's days as a table for a query: `days (day, since, until)`. Join it with LATERAL: in a plain join, Postgres
 * would compare each row with every day.
 */
export function daysTable(reader: Reader): Prisma.Sql {
  const days = lastDays(reader);
  return Prisma.sql`unnest(
    ${days.map(({ day }) => day)}::text[],
    ${days.map(({ since }) => since)}::timestamptz[],
    ${days.map(({ until }) => until)}::timestamptz[]) AS days (day, since, until)`;
}

/**
 * When a day (see `isDay`) begins in a time zone (IANA; null for UTC), and when the next one does. A day that a time zone
 * left out ends when it begins.
 */
export function momentsOf(day: string, timeZone: string | null): Pick<Span, "since" | "until"> {
  return { since: startOf(day, timeZone), until: startOf(nameOf(Date.parse(day) + DAY), timeZone) };
}

/** Its first moment, even without a midnight: a time that a change of the clocks skips is the moment of that change. */
function startOf(day: string, timeZone: string | null): Date {
  return instantOf(`${day}T00:00`, timeZone ?? "UTC");
}

/** Whether the calendar has this day (YYYY-MM-DD), within the years for which time zones are known. */
export function isDay(text: string): boolean {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(midnight) && nameOf(midnight) === text && text >= "1970" && text < "9999";
}

/** Returns a function that tells on which day a moment is in this time zone (IANA), as YYYY-MM-DD. */
export function calendarOf(timeZone: string): (at: number) => string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => {
    const [month, , day, , year] = parts.formatToParts(at).map(({ value }) => value);
    return `${year}-${month}-${day}`;
  };
}

/** The day before a day, both as YYYY-MM-DD. */
export function dayBefore(day: string): string {
  return nameOf(Date.parse(day) - DAY);
}

/** A day as YYYY-MM-DD, from its midnight in UTC. */
function nameOf(midnight: number): string {
  return new Date(midnight).toISOString().slice(0, 10);
}
