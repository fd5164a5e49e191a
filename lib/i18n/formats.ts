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

// What was made so far. Creating a formatter takes longer than formatting everything on a page.
// The languages and time zones are limited, so this stays small.
const made = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

/** Returns a function that makes the value at its first call. */
function lazy<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

const formatters = {
  getDateTimeFormat: (locale: string, options: Intl.DateTimeFormatOptions = {}) =>
    once(`date ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options)),
  getNumberFormat: (locale: string, options: Intl.NumberFormatOptions = {}) =>
    once(`number ${locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options)),
  getPluralRules: (locale: string, options: Intl.PluralRulesOptions = {}) =>
    once(`plural ${locale} ${JSON.stringify(options)}`, () => new Intl.PluralRules(locale, options)),
};

/** The formats of a language, its formatters, and its direction. Without a time zone, times are in UTC. */
export function formatsOf(locale: string, timeZone: string | null) {
  return once(`${locale} ${timeZone}`, () => formatsFor(locale, timeZone));
}

function formatsFor(locale: string, timeZone: string | null) {
  // "en" alone means American English, but most countries write the day first. Pseudo-languages are English, too.
  const language = locale === "en" || /-X[AB]$/.test(locale) ? "en-GB" : locale;
  const dateTime = (options: Intl.DateTimeFormatOptions) => {
    const format = lazy(
      () => new Intl.DateTimeFormat(language, { ...options, hourCycle: "h23", timeZone: timeZone ?? "UTC" }),
    );
    return (at: Date | number) => format().format(at);
  };

  const moment = dateTime({ dateStyle: "medium", timeStyle: "short" });
  const momentToTheSecond = dateTime({ dateStyle: "medium", timeStyle: "medium" });
  const time = dateTime({ hour: "2-digit", minute: "2-digit" });
  const timeToTheSecond = dateTime({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const longMoment = dateTime({ dateStyle: "long", timeStyle: "short" });
  const day = dateTime({ dateStyle: "medium" });
  const shortDay = dateTime({ day: "numeric", month: "short" });
  const longDay = dateTime({ dateStyle: "long" });
  const list = lazy(() => new Intl.ListFormat(language));
  const relative = lazy(() => new Intl.RelativeTimeFormat(language, { numeric: "always" }));

  const withZone = (text: string) => (timeZone ? text : `${text} UTC`);

  const formats: Formats = {
    moment: (at, precision) => withZone(precision ? momentToTheSecond(at) : moment(at)),
    exactMoment: dateTime({ dateStyle: "medium", timeStyle: "long" }),
    time: (at, precision) => withZone(precision ? timeToTheSecond(at) : time(at)),
    longMoment: (at) => withZone(longMoment(at)),
    day: (at, length) => (length === "short" ? shortDay(at) : length === "long" ? longDay(at) : day(at)),
    number: (value, notation) => formatters.getNumberFormat(language, notation && { notation }).format(value),
    list: (items) => list().format(items),
    relative: (milliseconds) => {
      const [unit, size] = UNITS.find(([, each]) => Math.abs(milliseconds) >= each) ?? [];
      return unit && size ? relative().format(Math.round(milliseconds / size), unit) : null;
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
