"use client";

import { useSyncExternalStore } from "react";

// Created once: creating a formatter takes longer than all the formatting on a page.
const UTC = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/**
 * A point in time, in the reader's time zone and language. The server knows
 * neither, so it renders UTC, which stays without JavaScript.
 */
export function Moment({ at }: { at: Date }) {
  const isBrowser = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );

  return <time dateTime={at.toISOString()}>{isBrowser ? LOCAL.format(at) : `${UTC.format(at)} UTC`}</time>;
}
