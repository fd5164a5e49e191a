"use client";

import { useWords } from "@/lib/i18n/react";
import { useServerTime } from "./clock";

/**
 * A relative time, such as "3 minutes ago", kept up to date, with the exact time as its
 * title. `now` is the server's time when it sent `at`. A time before `now` is always shown
 * as past, and a later one never, whatever the clocks say.
 */
export function Relative({ at, now }: { at: string; now: string }) {
  const { t, relative, moment } = useWords();
  const time = useServerTime(now, 5000);
  const instant = Date.parse(at);
  const isPast = instant <= Date.parse(now);
  const distance = isPast ? Math.min(0, instant - time) : instant - time;

  return (
    <time dateTime={at} title={moment(instant, "seconds")} suppressHydrationWarning>
      {relative(distance) ?? t(isPast ? "time.justNow" : distance > 0 ? "time.soon" : "time.now")}
    </time>
  );
}
