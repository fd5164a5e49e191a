import { DAY } from "@/lib/env";

/**
 * When it is this time in a time zone (IANA). `local` is ISO 8601 without an offset. Of a time that a change of the
 * clocks repeats, the first; of one that it skips, as long after the change as the time is after the skipped hour began.
 */
export function instantOf(local: string, timeZone: string): Date {
  const offsetAt = offsetsOf(timeZone);
  const wall = Date.parse(`${local}Z`);
  const [before, after] = [wall - offsetAt(wall - DAY), wall - offsetAt(wall + DAY)];
  const isAfter = before + offsetAt(before) !== wall && after + offsetAt(after) === wall;
  return new Date(isAfter ? after : before);
}

/** The time in a time zone as a field of the type `datetime-local` takes it, to the minute. Null is UTC. */
export function localTime(at: Date, timeZone: string | null): string {
  return new Date(at.getTime() + offsetsOf(timeZone ?? "UTC")(at.getTime())).toISOString().slice(0, 16);
}

// What was made so far: creating a format takes longer than using it. The time zones are limited, so this stays small.
const made = new Map<string, (at: number) => number>();

/** Returns a function that tells how far the clocks of a time zone are ahead of UTC at a moment, in milliseconds. */
function offsetsOf(timeZone: string): (at: number) => number {
  const known = made.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    ...{ year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" },
  });
  const offsetAt = (at: number) => {
    const [month = 1, day, year = 0, hour, minute, second] = format
      .formatToParts(at)
      .flatMap(({ type, value }) => (type === "literal" ? [] : Number(value)));
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
  made.set(timeZone, offsetAt);
  return offsetAt;
}
