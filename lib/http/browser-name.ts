import type { Words } from "@/lib/i18n/words";

/** What a browser is called that says nothing we know. Pages have words of their own for it. */
export const UNKNOWN_BROWSER = "Unknown browser";

/**
 * A browser in words, by what it says of itself: "Firefox on Linux". In a file of its own, so that pages have it without
 * what reads it.
 */
export function browserName({ browser, system }: { browser: string; system: string | null }, { t }: Words): string {
  if (browser === UNKNOWN_BROWSER) return t("browser.unknown");
  return system ? t("browser.named", { browser, system }) : browser;
}
