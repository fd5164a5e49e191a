import type { IncomingHttpHeaders } from "node:http";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { acceptedLocale, isLocale, isOffered, type Locale, timeZoneOf } from "@/lib/i18n/locale";
import { LOCALE_COOKIE, READER_COOKIE_AGE, TIME_ZONE_COOKIE } from "@/lib/i18n/reader";
import { type Words, wordsFrom } from "@/lib/i18n/words";
import { env, isHttps } from "./env";
import { contextOfResponse } from "./request-context";

/** The language and time zone of a request's reader: chosen on a page, else what the browser accepts, else DEFAULT_LOCALE. */
export function readerOf(headers: IncomingHttpHeaders): { locale: Locale; timeZone: string | null } {
  const chosen = cookieValue(headers.cookie, LOCALE_COOKIE);
  return {
    locale: isLocale(chosen) ? chosen : (acceptedLocale(headers["accept-language"]) ?? env().DEFAULT_LOCALE),
    timeZone: timeZoneOf(cookieValue(headers.cookie, TIME_ZONE_COOKIE)),
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

/** The Set-Cookie line by which a browser keeps a choice of language, or with null forgets it. */
export function localeCookie(locale: Locale | null): string {
  const age = locale ? READER_COOKIE_AGE : 0;
  return `${LOCALE_COOKIE}=${locale ?? ""}; Path=/; Max-Age=${age}; SameSite=Lax${isHttps() ? "; Secure" : ""}`;
}

/** The words of the request being answered, in its reader's language and time zone. Throws outside of one. */
export function words(): Words {
  const { locale, timeZone } = contextOfResponse();
  return wordsIn(locale, timeZone);
}

/** The language of the request being answered, to be stored; null for a pseudo-language of the tests. */
export function requestedLocale(): Locale | null {
  const { locale } = contextOfResponse();
  return isOffered(locale) ? locale : null;
}

/** The words of a language. Without a time zone, times are in UTC. */
export function wordsIn(locale: Locale, timeZone: string | null = null): Words {
  const key = `${locale} ${timeZone}`;
  const known = made.get(key);
  if (known) return known;
  const product = env().PRODUCT_NAME;
  const fresh = wordsFrom(CATALOGUES[locale], { locale, timeZone, product });
  made.set(key, fresh);
  return fresh;
}

/** English, for software and for operators: nothing of the reader's, and no settings are needed. */
export const ENGLISH = wordsFrom(CATALOGUES.en, { locale: "en", timeZone: null, product: "Latchkey" });

/** Time zones are as many as their data has, so this stays small. */
const made = new Map<string, Words>();
