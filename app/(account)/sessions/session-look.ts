// How pages show a session.

import { Laptop, Monitor, Smartphone, Tablet } from "lucide-react";
import { browserName } from "@/lib/http/browser-name";
import type { PrivateWords } from "@/lib/i18n/words";
import type { ShownSession } from "@/lib/session/session-view";

export const DEVICES = { computer: Laptop, phone: Smartphone, tablet: Tablet, other: Monitor };

/** The name of a session: its owner's name for it, or else that of its browser. */
export function nameOf(session: Pick<ShownSession, "name" | "browser" | "system">, words: PrivateWords): string {
  return session.name ?? browserName(session, words);
}

type Named = { handle: string; since: string };

/**
 * Unique names for several sessions, keyed by handle. Sessions with the same name
 * are numbered in the order of their log-ins.
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
