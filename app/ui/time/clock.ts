"use client";

import { useEffect, useState } from "react";

// The server's clock, as this page knows it: the latest time from the server, plus the
// time that has passed here since. The browser's clock may be days off, and may be set
// while a page is open, so this uses `performance.now()`, which only runs forward.

/** How far the server's clock is ahead of `performance.now()`, in milliseconds. */
let ahead = Number.NEGATIVE_INFINITY;

/** Takes in a time from the server, as ISO 8601. A cached page reports an old time, so only the latest counts. */
export function hearTime(now: string): void {
  ahead = Math.max(ahead, Date.parse(now) - performance.now());
}

/** The server's time in milliseconds. */
export function serverTime(): number {
  return ahead + performance.now();
}

/** The server's time in milliseconds, updated every `interval` milliseconds. It starts at `now`, from the server. */
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
