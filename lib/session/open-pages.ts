import { processWide } from "@/lib/process-wide";

/** What the pages of the sessions that a user logged out have confirmed so far, over all instances. */
export type Receipt = {
  /** How many pages were open, as far as the instances know. */
  pages: number;
  /** How many of them have confirmed that they are blank. */
  blank: number;
  /** How long the last one of these took since the instance heard of the end, in milliseconds. */
  after: number;
  /** Whether every instance has said which pages it had. If not, there may have been more. */
  isComplete: boolean;
};

/**
 * Knows which pages are open, over all instances: pages with JavaScript that are connected to the event stream. In an
 * outage it knows nothing, and throws nothing.
 */
export type OpenPages = {
  /** Those of these sessions that have an open page. Tells `watcher`'s pages of changes for a minute. */
  among(handles: string[], watcher: string | null): Promise<Set<string>>;
  /** Waits until all pages under this key are blank, at most four seconds. */
  receipt(key: string): Promise<Receipt>;
};

/** The server around Next.js fills this in. Without it, as in unit tests, no page is open. */
const known = processWide<{ pages: OpenPages | null }>("latchkeyPages", () => ({ pages: null }));

/** Provides what this process knows about open pages. */
export function provideOpenPages(pages: OpenPages | null): void {
  known.pages = pages;
}

/** What all instances know about open pages. */
export function openPages(): OpenPages {
  return known.pages ?? NONE;
}

const NONE: OpenPages = {
  among: async () => new Set(),
  receipt: async () => ({ pages: 0, blank: 0, after: 0, isComplete: false }),
};
