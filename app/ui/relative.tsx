"use client";

import { useSyncExternalStore } from "react";
import { useNow } from "./countdown";

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/**
 * A point in time as seen from now, "3 minutes ago", kept true; the exact time is
 * its title. `now` is the server's, and what is shown before scripts run.
 */
export function Relative({ at, now }: { at: string; now: string }) {
  const isBrowser = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );
  const here = useNow(5000);
  const seconds = (Date.parse(at) - (isBrowser ? here : Date.parse(now))) / 1000;
  const exact = new Intl.DateTimeFormat(isBrowser ? undefined : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
    ...(isBrowser ? {} : { timeZone: "UTC" }),
  }).format(Date.parse(at));

  return (
    <time dateTime={at} title={isBrowser ? exact : `${exact} UTC`} suppressHydrationWarning>
      {describe(seconds)}
    </time>
  );
}

function describe(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? [null, 1];
  if (!unit) return seconds > 0 ? "in less than a minute" : "just now";
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(Math.round(seconds / size), unit);
}
