"use client";

import { useSyncExternalStore } from "react";
import { useNow } from "./countdown";

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

// To make a formatter takes longer than all that it will ever format on a page.
const UTC = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "always" });

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
  const exact = isBrowser ? LOCAL.format(Date.parse(at)) : `${UTC.format(Date.parse(at))} UTC`;

  return (
    <time dateTime={at} title={exact} suppressHydrationWarning>
      {describe(seconds)}
    </time>
  );
}

function describe(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? [null, 1];
  if (!unit) return seconds > 0 ? "in less than a minute" : "just now";
  return AGO.format(Math.round(seconds / size), unit);
}
