"use client";

import { useWords } from "@/lib/i18n/react";

/** A point in time, in the reader's zone and language. The zone is known from a browser's second page on; until then it is UTC. */
export function Moment({ at }: { at: Date }) {
  const { moment } = useWords();
  // Browsers differ from the server in spaces and commas: what the server wrote stays.
  return (
    <time dateTime={at.toISOString()} title={moment(at, "seconds")} suppressHydrationWarning>
      {moment(at)}
    </time>
  );
}
