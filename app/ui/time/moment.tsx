"use client";

import { useSyncExternalStore } from "react";

// To make a formatter takes longer than all that it will ever format on a page.
const UTC = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/**
 * A point in time, in the reader's own zone and language. The server knows
 * neither, so it writes UTC, which stays where there is no JavaScript.
 */
export function Moment({ at }: { at: Date }) {
  const isBrowser = useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  );

  return <time dateTime={at.toISOString()}>{isBrowser ? LOCAL.format(at) : `${UTC.format(at)} UTC`}</time>;
}
