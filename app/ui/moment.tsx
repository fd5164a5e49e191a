"use client";

import { useSyncExternalStore } from "react";

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

  return <time dateTime={at.toISOString()}>{isBrowser ? local(at) : utc(at)}</time>;
}

function utc(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })
    .format(at)
    .concat(" UTC");
}

function local(at: Date): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(at);
}
