"use client";

import { useWords } from "@/lib/i18n/react";
import { useServerTime } from "./clock";

/**
 * A point in time as seen from now, "3 minutes ago", kept true; the exact time is
 * its title. `now` is what the server said with it. What lies behind that stays
 * in the past, and what lies before it does not become it, whatever clocks say.
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
