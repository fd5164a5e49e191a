// How a session is shown, wherever that is.

import { Laptop, Monitor, Smartphone, Tablet } from "lucide-react";
import { browserName } from "@/lib/http/browser-name";
import type { Words } from "@/lib/i18n/words";
import type { ShownSession } from "@/lib/session/session-view";

export const DEVICES = { computer: Laptop, phone: Smartphone, tablet: Tablet, other: Monitor };

/** What a session is called: by its owner, or else by what its browser says of itself. */
export function nameOf(session: Pick<ShownSession, "name" | "browser" | "system">, words: Words): string {
  return session.name ?? browserName(session, words);
}

type Named = { handle: string; since: string };

/**
 * What each of several sessions is called, by its handle. Those that would be
 * called the same are numbered in the order of their log-ins, so that a name says which.
 */
export function uniqueNames<T extends Named>(
  sessions: readonly T[],
  name: (session: T) => string,
): Map<string, string> {
  const oldestFirst = [...sessions].sort((a, b) => a.since.localeCompare(b.since) || a.handle.localeCompare(b.handle));
  const texts = oldestFirst.map(name);
  return new Map(
    oldestFirst.map(({ handle }, index) => {
      const text = texts[index] ?? "";
      const isShared = texts.indexOf(text) !== texts.lastIndexOf(text);
      const number = texts.slice(0, index + 1).filter((each) => each === text).length;
      return [handle, isShared ? `${text} (${number})` : text];
    }),
  );
}
