import type { IncomingHttpHeaders } from "node:http";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { acceptedLocale, isLocale, isOffered, type Locale, timeZoneOf } from "@/lib/i18n/locale";
import { LOCALE_COOKIE, READER_COOKIE_AGE, TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { type Words, wordsFrom } from "@/lib/i18n/words";
import { THEME_COOKIE, type Theme, themeOf } from "@/lib/theme";
import { env, isHttps } from "./env";
import { contextOfResponse } from "./request-context";

/**
 * The language, time zone and theme for a request. The language is the one chosen in this browser, or
 * else the one that the browser prefers, or else DEFAULT_LOCALE. The account's language comes later,
 * with the session.
 */
export function readerOf(headers: IncomingHttpHeaders): { locale: Locale; timeZone: string | null; theme: Theme } {
  const chosen = cookieValue(headers.cookie, LOCALE_COOKIE);
  return {
    locale: isLocale(chosen) ? chosen : (acceptedLocale(headers["accept-language"]) ?? env().DEFAULT_LOCALE),
    timeZone: timeZoneOf(cookieValue(headers.cookie, TIME_ZONE_COOKIE)),
    theme: themeOf(cookieValue(headers.cookie, THEME_COOKIE)),
  };
}

function cookieValue(header = "", name: string): string | undefined {
  const [, value] = new RegExp(`(?:^|;\\s*)${name}=([\\w%/+-]{1,80})`).exec(header) ?? [];
  try {
    return value && decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** The Set-Cookie header that stores the choice of a language in the browser; with null, it removes that choice. */
export function localeCookie(locale: Locale | null): string {
  return readerCookie(LOCALE_COOKIE, locale);
}

/** The Set-Cookie header that stores the choice of a theme in the browser. To follow the system, it removes that choice. */
export function themeCookie(theme: Theme): string {
  return readerCookie(THEME_COOKIE, theme === "system" ? null : theme);
}

function readerCookie(name: string, value: string | null): string {
  const age = value ? READER_COOKIE_AGE : 0;
  return `${name}=${value ?? ""}; Path=/; Max-Age=${age}; SameSite=Lax${isHttps() ? "; Secure" : ""}`;
}

/** The words for the response to the current request, in its reader's language and time zone. Throws outside a request. */
export function words(): Words {
  const { locale, timeZone } = contextOfResponse();
  return wordsIn(locale, timeZone);
}

/** The language of the current request, in order to store it; null for a pseudo-language of the tests. */
export function requestedLocale(): Locale | null {
  const { locale } = contextOfResponse();
  return isOffered(locale) ? locale : null;
}

/** The words of a language, with the name of this site. Without a time zone, times are in UTC. */
export function wordsIn(locale: Locale, timeZone: string | null = null): Words {
  const key = `${locale} ${timeZone}`;
  const known = made.get(key);
  if (known) return known;
  const product = env().PRODUCT_NAME;
  const fresh = wordsFrom(CATALOGUES[locale], { locale, timeZone, product });
  made.set(key, fresh);
  return fresh;
}

/** The words for software and for operators: in English and in UTC, and without reading any setting. */
export const ENGLISH = wordsFrom(CATALOGUES.en, { locale: "en", timeZone: null, product: "Latchkey" });

/** The words made so far. The languages and time zones are limited, so this stays small. */
const made = new Map<string, Words>();
