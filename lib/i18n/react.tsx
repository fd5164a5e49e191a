"use client";

import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { READER_COOKIE_AGE, TIME_ZONE_COOKIE } from "./reader";
import { type BrowserWords, type Settings, wordsFrom } from "./words";

const WordsContext = createContext<BrowserWords | null>(null);

/** What the server says of the reader. */
export type GivenWords = Settings & { children: ReactNode };

/** Gives all components within it the words of one language. Written into the modules of lib/i18n/compiled/browser. */
export function WordsProvider({
  locale,
  timeZone,
  product,
  logo = null,
  messages,
  children,
}: GivenWords & { messages: Record<string, unknown> }) {
  const words = useMemo(
    () => wordsFrom(messages, { locale, timeZone, product, logo }),
    [messages, locale, timeZone, product, logo],
  );
  useEffect(() => tellTimeZone(timeZone), [timeZone]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

/** Tells the server in which zone to write times, from the next page on. This one is not touched: times would jump. */
function tellTimeZone(known: string | null): void {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!own || own === known) return;
  const secure = window.location.protocol === "https:" ? ";secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari have no Cookie Store for pages yet.
  document.cookie = `${TIME_ZONE_COOKIE}=${own};path=/;max-age=${READER_COOKIE_AGE};samesite=lax${secure}`;
}

/** The words of this page's language, in a component that runs in the browser. */
export function useWords(): BrowserWords {
  const words = useContext(WordsContext);
  if (!words) throw new Error("No words: the page is not within a WordsProvider");
  return words;
}
