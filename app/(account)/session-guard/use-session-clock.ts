"use client";

import { useEffect } from "react";
import { hearTime, serverTime } from "@/app/ui/time/clock";
import { isNear, isOver, type State } from "./session-machine";

/** How far a browser's two clocks may drift apart before the page asks the server, in milliseconds. */
const DRIFT = 5000;

/**
 * Checks the session with the server near its end and after it, by the server's
 * clock, and repeatedly while the page is covered.
 */
export function useSessionClock({ view: { kind }, times }: State, ask: () => void): void {
  useEffect(() => {
    hearTime(times.now);
    if (kind !== "live" && kind !== "warned") return;

    const drift = drifted();
    const look = () => {
      const now = serverTime();
      // After the machine slept, or its clock was set, only the server knows what time it is.
      if (isNear(times, now) || isOver(times, now) || drifted() - drift > DRIFT) ask();
    };
    // Check the clock repeatedly: one long timer would fire late in a background page.
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [times, kind, ask]);

  useEffect(() => {
    if (kind !== "covered") return;
    const timer = setInterval(ask, 2000);
    return () => clearInterval(timer);
  }, [kind, ask]);
}

/** How far `Date.now()` is ahead of `performance.now()`, which may stand still while the machine sleeps. */
function drifted(): number {
  return Date.now() - performance.now();
}
