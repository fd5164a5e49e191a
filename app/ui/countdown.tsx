"use client";

import { useEffect, useState } from "react";

/** This machine's time in milliseconds, renewed at an interval. */
function useNow(interval: number): number {
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(tick);
  }, [interval]);

  return now;
}

/** Minutes and seconds until a moment, counted down. */
export function Countdown({ to }: { to: number }) {
  const seconds = Math.max(0, Math.ceil((to - useNow(250)) / 1000));
  return <span>{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`}</span>;
}
