"use client";

import { useSyncExternalStore } from "react";
import { useServerTime } from "./clock";

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

// Created once: creating a formatter takes longer than all the formatting on a page.
const UTC = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/**
 * A relative time, such as "3 minutes ago", kept up to date, with the exact time as its
 * title. `now` is the server's time when it sent `at`. A time before `now` is always shown
 * as past, and a later one never, whatever the clocks say.
 */
export function Relative({ at, now }: { at: string; now: string }) {
  const isBrowser = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );
  const time = useServerTime(now, 5000);
  const moment = Date.parse(at);
  const exact = isBrowser ? LOCAL.format(moment) : `${UTC.format(moment)} UTC`;

  return (
    <time dateTime={at} title={exact} suppressHydrationWarning>
      {moment <= Date.parse(now) ? ago(time - moment) : ahead(moment - time)}
    </time>
  );
}

function ago(milliseconds: number): string {
  return inUnits(-Math.max(0, milliseconds)) ?? "just now";
}

function ahead(milliseconds: number): string {
  if (milliseconds <= 0) return "now";
  return inUnits(milliseconds) ?? "in less than a minute";
}

/** A duration in its largest whole unit; null for less than a minute. */
function inUnits(milliseconds: number): string | null {
  const seconds = milliseconds / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? [null, 1];
  return unit && AGO.format(Math.round(seconds / size), unit);
}
