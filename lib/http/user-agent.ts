import Bowser from "bowser";
import { LRUCache } from "lru-cache";
import type { Words } from "@/lib/i18n/words";
import { browserName, UNKNOWN_BROWSER } from "./browser-name";

/** The kind of device that a browser runs on, as far as it says. */
export type Device = "computer" | "phone" | "tablet" | "other";

export type DescribedBrowser = { browser: string; system: string | null; device: Device };

const DEVICES: Record<string, Device> = { desktop: "computer", mobile: "phone", tablet: "tablet" };

// For an unknown browser, Bowser returns words from the user agent. Those could say anything, in emails too.
const BROWSERS = new Set(Object.values(Bowser.BROWSER_MAP));
const SYSTEMS = new Set(Object.values(Bowser.OS_MAP));

function known(names: Set<string>, name: string | undefined): string | null {
  return name && names.has(name) ? name : null;
}

const UNKNOWN: DescribedBrowser = { browser: UNKNOWN_BROWSER, system: null, device: "other" };

/** The user agents parsed so far. A page lists many browsers, and most people use the same few. */
const read = new LRUCache<string, DescribedBrowser>({ max: 1000, memoMethod: parse });

/** Parses a user agent. It is only a claim, so nothing may be decided by it. */
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

/** A user agent in words: "Firefox on Linux". */
export function describeBrowser(userAgent: string | null, words: Words): string {
  return browserName(readBrowser(userAgent), words);
}
