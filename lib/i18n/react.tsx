"use client";

import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { READER_COOKIE_AGE, TIME_ZONE_COOKIE } from "./reader";
import { type BrowserWords, type PrivateWords, type Settings, wordsFrom } from "./words";

type Messages = Record<string, unknown>;

const WordsContext = createContext<{ words: PrivateWords; messages: Messages } | null>(null);

/** What a page receives from the server: the reader's settings, and its content. */
export type GivenWords = Settings & { children: ReactNode };

/**
 * Gives the words of one language to all components inside it, besides those of a provider around it. The modules in
 * lib/i18n/compiled/browser use it.
 */
export function WordsProvider({
  locale,
  timeZone,
  product,
  logo = null,
  help = null,
  messages,
  children,
}: GivenWords & { messages: Messages }) {
  const around = useContext(WordsContext)?.messages;
  const known = useMemo(() => {
    const all = around ? inOne(around, messages) : messages;
    return { words: wordsFrom(all, { locale, timeZone, product, logo, help }), messages: all };
  }, [around, messages, locale, timeZone, product, logo, help]);
  const isOutermost = !around;
  useEffect(() => {
    if (isOutermost) tellTimeZone(timeZone);
  }, [isOutermost, timeZone]);
  return <WordsContext value={known}>{children}</WordsContext>;
}

// Made once, because the server would otherwise copy all messages for each page. The messages around those of a language
// are always the same.
const made = new WeakMap<Messages, Messages>();

function inOne(around: Messages, messages: Messages): Messages {
  const all = made.get(messages) ?? { ...around, ...messages };
  made.set(messages, all);
  return all;
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
  return usePrivateWords();
}

/** The same with all words of private pages, for a component inside PrivateWords (app/ui/page-words). */
export function usePrivateWords(): PrivateWords {
  const known = useContext(WordsContext);
  if (!known) throw new Error("No words: the page is not within a WordsProvider");
  return known.words;
}
