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
