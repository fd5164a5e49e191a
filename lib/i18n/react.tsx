"use client";

import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { READER_COOKIE_AGE, TIME_ZONE_COOKIE } from "./reader";
import { type BrowserWords, type Settings, wordsFrom } from "./words";

const WordsContext = createContext<BrowserWords | null>(null);

/** What a page receives from the server: the reader's settings, and its content. */
export type GivenWords = Settings & { children: ReactNode };

/** Gives the words of one language to all components inside it. The modules in lib/i18n/compiled/browser use it. */
export function WordsProvider({
  locale,
  timeZone,
  product,
  logo = null,
  help = null,
  messages,
  children,
}: GivenWords & { messages: Record<string, unknown> }) {
  const words = useMemo(
    () => wordsFrom(messages, { locale, timeZone, product, logo, help }),
    [messages, locale, timeZone, product, logo, help],
  );
  useEffect(() => tellTimeZone(timeZone), [timeZone]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

/** Tells the server the browser's time zone, for the next page. This page keeps its times: otherwise they would jump. */
function tellTimeZone(known: string | null): void {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!own || own === known) return;
  const secure = window.location.protocol === "https:" ? ";secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari have no Cookie Store for pages yet.
  document.cookie = `${TIME_ZONE_COOKIE}=${own};path=/;max-age=${READER_COOKIE_AGE};samesite=lax${secure}`;
}

/** The words of this page's language, for a component that runs in the browser. */
export function useWords(): BrowserWords {
  const words = useContext(WordsContext);
  if (!words) throw new Error("No words: the page is not within a WordsProvider");
  return words;
}
