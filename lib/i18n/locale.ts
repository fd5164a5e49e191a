import Negotiator from "negotiator";
import { LOCALES, PSEUDO_LOCALES } from "./compiled/locales";

/** A language that has a catalogue: "en", "ko", or a pseudo-language of the tests. */
export type Locale = (typeof LOCALES | typeof PSEUDO_LOCALES)[number];

/** Whether a text names a language that has a catalogue. */
export function isLocale(text: unknown): text is Locale {
  return ([...LOCALES, ...PSEUDO_LOCALES] as unknown[]).includes(text);
}

/** Whether a text names a language that readers may choose: not a pseudo-language of the tests. */
export function isOffered(text: unknown): text is (typeof LOCALES)[number] {
  return (LOCALES as readonly unknown[]).includes(text);
}

/** The language with a catalogue that an Accept-Language header prefers (RFC 9110 §12.5.4). Null if it names none, or prefers any. */
export function acceptedLocale(header: string | undefined): Locale | null {
  if (!header) return null;
  for (const wanted of new Negotiator({ headers: { "accept-language": header.slice(0, 500) } }).languages()) {
    if (wanted === "*") return null;
    const found = LOCALES.find((locale) => `${wanted.toLowerCase()}-`.startsWith(`${locale}-`));
    if (found) return found;
  }
  return null;
}

/** The time zone that a text names, by the name that this server uses for it. Null if the server knows no such zone. */
export function timeZoneOf(text: string | null | undefined): string | null {
  // Newer versions of Node.js also know every offset from UTC, such as +01:23. For each zone, formatters are kept.
  if (!text || text.length > 64 || !/^[a-z]/i.test(text)) return null;
  // The names are the same in capitals and small letters, so there are few of them.
  const key = text.toLowerCase();
  const known = zones.get(key);
  if (known) return known;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    zones.set(key, timeZone);
    return timeZone;
  } catch {
    return null;
  }
}

// The zones recognised so far, by their names in small letters. Recognising one takes 0.2 ms, and most requests name one.
const zones = new Map<string, string>();
