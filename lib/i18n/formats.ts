/** Formats dates, numbers and lists by the conventions of a language, with Intl, which has them from the CLDR. */
export type Formats = {
  /** Day and time: "29 Nov 2026, 09:40", followed by "UTC" if the reader's time zone is unknown. */
  moment: (at: Date | number, precision?: "seconds") => string;
  /** A moment to the second, always with its time zone: "29 Nov 2026, 09:40:12 GMT+9". */
  exactMoment: (at: Date | number) => string;
  /** Only the time of day: "09:40", followed by "UTC" if the reader's time zone is unknown. */
  time: (at: Date | number, precision?: "seconds") => string;
  /** Day and time with the full name of the month, for emails: "29 November 2026 at 09:40 UTC". */
  longMoment: (at: Date | number) => string;
  /** Only the day; `short` omits the year, and `long` has the full name of the month. */
  day: (at: Date | number, length?: "short" | "long") => string;
  /** `compact` shortens large numbers, for the axis of a chart: "1.2K". */
  number: (value: number, notation?: "compact") => string;
  /** "a, b and c" */
  list: (items: string[]) => string;
  /** In days, hours or minutes, the largest of these that fits: "3 minutes ago", "in 2 hours". Null below a minute. */
  relative: (milliseconds: number) => string | null;
  /** A duration in words, in the largest unit that divides it: "15 minutes", "30 days". */
  duration: (milliseconds: number) => string;
};

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

// The formatters made so far. Creating one takes longer than formatting everything on a page.
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

/** The formats of a language, its formatters, and its direction. Without a time zone, times are in UTC. */
export function formatsOf(locale: string, timeZone: string | null) {
  // "en" alone means American English, but most countries write the day first. Pseudo-languages are English, too.
  const language = locale === "en" || /-X[AB]$/.test(locale) ? "en-GB" : locale;
  const dateTime = (at: Date | number, options: Intl.DateTimeFormatOptions) =>
    formatters.getDateTimeFormat(language, { ...options, hourCycle: "h23", timeZone: timeZone ?? "UTC" }).format(at);

  const withZone = (text: string) => (timeZone ? text : `${text} UTC`);

  const formats: Formats = {
    moment: (at, precision) =>
      withZone(dateTime(at, { dateStyle: "medium", timeStyle: precision ? "medium" : "short" })),
    exactMoment: (at) => dateTime(at, { dateStyle: "medium", timeStyle: "long" }),
    time: (at, precision) =>
      withZone(dateTime(at, { hour: "2-digit", minute: "2-digit", ...(precision && { second: "2-digit" }) })),
    longMoment: (at) => withZone(dateTime(at, { dateStyle: "long", timeStyle: "short" })),
    day: (at, length) =>
      dateTime(at, length === "short" ? { day: "numeric", month: "short" } : { dateStyle: length ?? "medium" }),
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

/** The direction in which a language is written. The list has the languages with right-to-left scripts in the CLDR. */
function directionOf(locale: string): "ltr" | "rtl" {
  return /^(?:ar|arc|ckb|dv|fa|he|ks|ps|sd|ug|ur|yi)(?:-|$)/.test(locale) ? "rtl" : "ltr";
}
