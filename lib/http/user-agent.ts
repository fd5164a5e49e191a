import Bowser from "bowser";
import { LRUCache } from "lru-cache";
import type { Words } from "@/lib/i18n/words";
import { browserName, UNKNOWN_BROWSER } from "./browser-name";

/** What kind of thing a browser runs on, as far as it says. */
export type Device = "computer" | "phone" | "tablet" | "other";

export type DescribedBrowser = { browser: string; system: string | null; device: Device };

const DEVICES: Record<string, Device> = { desktop: "computer", mobile: "phone", tablet: "tablet" };

// Of one that it does not know Bowser gives its own words back, and those could be anything, in mails too.
const BROWSERS = new Set(Object.values(Bowser.BROWSER_MAP));
const SYSTEMS = new Set(Object.values(Bowser.OS_MAP));

function known(names: Set<string>, name: string | undefined): string | null {
  return name && names.has(name) ? name : null;
}

const UNKNOWN: DescribedBrowser = { browser: UNKNOWN_BROWSER, system: null, device: "other" };

/** What was read already: a page names many browsers, and most people have the same few. */
const read = new LRUCache<string, DescribedBrowser>({ max: 1000, memoMethod: parse });

/** What a user agent claims to be. A claim, so nothing may be decided by it. */
export function readBrowser(userAgent: string | null): DescribedBrowser {
  return userAgent ? read.memo(userAgent) : UNKNOWN;
}

function parse(userAgent: string): DescribedBrowser {
  const { browser, os, platform } = Bowser.parse(userAgent);
  return {
    browser: known(BROWSERS, browser.name) ?? UNKNOWN.browser,
    system: known(SYSTEMS, os.name),
    device: DEVICES[platform.type ?? ""] ?? "other",
  };
}

/** The same in words: "Firefox on Linux". */
export function describeBrowser(userAgent: string | null, words: Words): string {
  return browserName(readBrowser(userAgent), words);
}
