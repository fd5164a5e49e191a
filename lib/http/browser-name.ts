import type { BrowserWords } from "@/lib/i18n/words";

/** The name of a browser that does not say which it is. Pages have their own words for it. */
export const UNKNOWN_BROWSER = "Unknown browser";

/**
 * A browser in words, as it describes itself: "Firefox on Linux". In a file of its own, so that
 * pages can import it without the parser of user agents.
 */
export function browserName(
  { browser, system }: { browser: string; system: string | null },
  { t }: BrowserWords,
): string {
  if (browser === UNKNOWN_BROWSER) return t("browser.unknown");
  return system ? t("browser.named", { browser, system }) : browser;
}
