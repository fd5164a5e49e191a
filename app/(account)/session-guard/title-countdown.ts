"use client";

import { useEffect, useRef } from "react";
import { serverTime } from "@/app/ui/time/clock";
import { usePrivateWords } from "@/lib/i18n/react";
import type { State } from "./session-machine";

/** From how long before the end of a session to count down, in milliseconds. */
export const SOON = 10 * 60_000;

/** From how long after the last tick on a tick counts as late, in milliseconds. Ticks should be a second apart. */
const LATE = 2500;

/** Counts down in the title of the tab near the end of the session, and then restores the page's own title. */
export function useTitleCountdown({ view: { kind }, times }: State): void {
  const { t } = usePrivateWords();
  const tickedAt = useRef(Number.POSITIVE_INFINITY);

  useEffect(() => {
    if (kind !== "live" && kind !== "warned") return;
    let own = document.title;
    let shown = own;
    const tick = () => {
      // Navigation has changed the title.
      if (document.title !== shown) own = document.title;
      const isLate = performance.now() - tickedAt.current > LATE;
      tickedAt.current = performance.now();
      const left = timeLeft(Date.parse(times.idleAt) - serverTime(), isLate);
      shown = left ? t(`guard.title-${left.unit}`, { count: left.count, title: own }) : own;
      if (document.title !== shown) document.title = shown;
    };
    tick();
    const timer = setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
      if (document.title === shown) document.title = own;
    };
  }, [times, kind, t]);
}

/**
 * The time left in whole minutes, or seconds in the last minute; null if it is too early or too late to count down.
 * A browser slows a hidden tab down to a tick a minute. Seconds would then be wrong, so there are none.
 */
export function timeLeft(
  milliseconds: number,
  isLate: boolean,
): { unit: "minutes" | "seconds" | "soon"; count: number } | null {
  if (milliseconds <= 0 || milliseconds >= SOON) return null;
  if (milliseconds >= 60_000) return { unit: "minutes", count: Math.floor(milliseconds / 60_000) };
  return isLate ? { unit: "soon", count: 1 } : { unit: "seconds", count: Math.floor(milliseconds / 1000) };
}
