"use client";

import { useEffect, useState } from "react";

// The server's clock, as far as this page knows it: what the server said last,
// and the time that has passed here since. The browser's own clock may be wrong
// by days, and is set while pages are open; the one that is used here only runs.

/** How far the server's clock is ahead of `performance.now()`, in milliseconds. */
let ahead = Number.NEGATIVE_INFINITY;

/** Hears what time it was on the server, as ISO 8601. A page that was kept tells an old time: the latest one counts. */
export function hearTime(now: string): void {
  ahead = Math.max(ahead, Date.parse(now) - performance.now());
}

/** The server's time in milliseconds. */
export function serverTime(): number {
  return ahead + performance.now();
}

/** The server's time in milliseconds, renewed at an interval. It begins with `now`, which the server said. */
export function useServerTime(now: string, interval: number): number {
  const [time, setTime] = useState(() => Date.parse(now));

  useEffect(() => {
    hearTime(now);
    const tick = () => setTime(serverTime());
    tick();
    const timer = setInterval(tick, interval);
    return () => clearInterval(timer);
  }, [now, interval]);

  return time;
}
