"use client";

import { useServerTime } from "./clock";

/** Minutes and seconds until `to`, counted down by the server's clock. `now` is the server's time when it sent `to`. */
export function Countdown({ to, now }: { to: string; now: string }) {
  const time = useServerTime(now, 250);
  const seconds = Math.max(0, Math.ceil((Date.parse(to) - time) / 1000));
  return <span>{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`}</span>;
}
