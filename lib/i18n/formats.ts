/** Writes dates, numbers and lists as readers of a language do (Intl, which follows the CLDR), each formatter made once. */
export type Formats = {
  /** Day and time: "29 Nov 2026, 09:40", with "UTC" after it where the reader's zone is not known. `seconds` adds these. */
  moment: (at: Date | number, precision?: "seconds") => string;
  /** The same with the month's whole name, for emails: "29 November 2026 at 09:40 UTC". */
  longMoment: (at: Date | number) => string;
  /** The day alone; `short` leaves the year out. */
  day: (at: Date | number, length?: "short") => string;
  /** `compact` shortens large numbers, as for an axis: "1.2K". */
  number: (value: number, notation?: "compact") => string;
  /** "a, b and c" */
  list: (items: string[]) => string;
  /** In the largest unit of which there is a whole one: "3 minutes ago", "in 2 hours"; null for less than a minute. */
  relative: (milliseconds: number) => string | null;
  /** A length of time in words: "15 minutes", "30 days". */
  duration: (milliseconds: number) => string;
};

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

// To make a formatter takes longer than all that it will ever format on a page.
const made = new Map<string, unknown>();

function once<T>(kind: string, locale: string, options: object, make: () => T): T {
  const key = `${kind} ${locale} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

const formatters = {
  getDateTimeFormat: (locale: string, options: Intl.DateTimeFormatOptions = {}) =>
    once("date", locale, options, () => new Intl.DateTimeFormat(locale, options)),
  getNumberFormat: (locale: string, options: Intl.NumberFormatOptions = {}) =>
    once("number", locale, options, () => new Intl.NumberFormat(locale, options)),
  getPluralRules: (locale: string, options: Intl.PluralRulesOptions = {}) =>
    once("plural", locale, options, () => new Intl.PluralRules(locale, options)),
};

/** The formats of a language, and its direction. */
export function formatsOf(locale: string, timeZone: string | null) {
  // English dates begin with the day in most of the world. Pseudo-languages are English.
  const language = locale === "en" || /-X[AB]$/.test(locale) ? "en-GB" : locale;
  const dateTime = (at: Date | number, options: Intl.DateTimeFormatOptions) =>
    formatters.getDateTimeFormat(language, { ...options, hourCycle: "h23", timeZone: timeZone ?? "UTC" }).format(at);

  const withZone = (text: string) => (timeZone ? text : `${text} UTC`);

  const formats: Formats = {
    moment: (at, precision) =>
      withZone(dateTime(at, { dateStyle: "medium", timeStyle: precision ? "medium" : "short" })),
    longMoment: (at) => withZone(dateTime(at, { dateStyle: "long", timeStyle: "short" })),
    day: (at, length) => dateTime(at, length ? { day: "numeric", month: "short" } : { dateStyle: "medium" }),
    number: (value, notation) => formatters.getNumberFormat(language, notation && { notation }).format(value),
    list: (items) => once("list", language, {}, () => new Intl.ListFormat(language)).format(items),
    relative: (milliseconds) => {
      const [unit, size] = UNITS.find(([, each]) => Math.abs(milliseconds) >= each) ?? [];
      const format = once("relative", language, {}, () => new Intl.RelativeTimeFormat(language, { numeric: "always" }));
      return unit && size ? format.format(Math.round(milliseconds / size), unit) : null;
    },
    duration: (milliseconds) => {
      const [unit, size] = UNITS.find(([, each]) => milliseconds >= each && milliseconds % each === 0) ?? [
        "second",
        1000,
      ];
      const options = { style: "unit", unit, unitDisplay: "long" } as const;
      return formatters.getNumberFormat(language, options).format(milliseconds / size);
    },
  };
  return { formats, formatters, language, dir: directionOf(locale) };
}

/** The languages that are written from right to left, by their scripts' direction in the CLDR. */
function directionOf(locale: string): "ltr" | "rtl" {
  return /^(?:ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(?:-|$)/.test(locale) ? "rtl" : "ltr";
}
