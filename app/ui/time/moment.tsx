"use client";

import { useWords } from "@/lib/i18n/react";

/** A point in time, in the reader's language and time zone. A browser's first page uses UTC, because the zone is unknown. */
export function Moment({ at }: { at: Date }) {
  const { moment } = useWords();
  // Browsers write some spaces and commas differently. React keeps the server's text, instead of reporting the difference.
  return (
    <time dateTime={at.toISOString()} title={moment(at, "seconds")} suppressHydrationWarning>
      {moment(at)}
    </time>
  );
}

/** A point in time to the second, with its time zone. */
export function ExactMoment({ at }: { at: string }) {
  const { exactMoment } = useWords();
  return (
    <time dateTime={at} suppressHydrationWarning>
      {exactMoment(Date.parse(at))}
    </time>
  );
}

/**
 * The hour and minute, for lists by day, with the exact moment as title. Screen readers also read the seconds: otherwise
 * lines about the same minute could have the same name.
 */
export function TimeOfDay({ at }: { at: string }) {
  const { time, exactMoment } = useWords();
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={exactMoment(instant)} suppressHydrationWarning>
      <span aria-hidden="true" suppressHydrationWarning>
        {time(instant)}
      </span>
      <span className="sr-only" suppressHydrationWarning>
        {time(instant, "seconds")}
      </span>
    </time>
  );
}
