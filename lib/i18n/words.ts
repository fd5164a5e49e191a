import format, { type CompiledMessage, type FormatOptions, type FormatValues } from "icu-minify/format";
import { createElement, Fragment, type ReactNode } from "react";
import type { BrowserSection, Messages, PrivateSection, Tag } from "./compiled/messages";
import { type Formats, formatsOf } from "./formats";
import type { Locale } from "./locale";

/** The arguments for a message: an object with its texts, numbers and dates by name, or none if it needs no values. */
type Values<Needed> = Needed extends null ? [] : keyof Filled<Needed> extends never ? [] : [values: Filled<Needed>];
type Filled<Needed> = { [Name in keyof Needed as Name extends "product" ? never : Name]: Needed[Name] };

/** The key of a message, "section.name". */
export type Key = keyof Messages;

/** The keys that components in the browser may use. */
type BrowserKey = Extract<Key, `${BrowserSection}.${string}`>;

/** The words for components in the browser. The words of a request have these, too, so they can be used in their place. */
export type BrowserWords = Words<BrowserKey>;

/** The same for components of private pages, which may use more sections. */
export type PrivateWords = Words<BrowserKey | Extract<Key, `${PrivateSection}.${string}`>>;

/** The keys of the messages without values. */
export type PlainKey = { [K in Key]: Messages[K] extends null ? K : never }[Key];

/** A message with its values, in no language yet: `lib` returns errors in this form. */
export type Said =
  | [key: PlainKey]
  // Apart: TypeScript refuses a union with a member for every key of the catalogue.
  | { [K in Exclude<Key, PlainKey>]: [key: K, ...Values<Messages[K]>] }[Exclude<Key, PlainKey>];

/** The messages of one language, and its formats for dates, numbers and lists. */
export type Words<Known extends Key = Key> = Formats &
  Required<Settings> & {
    /** The direction of texts: from left to right, or from right to left. */
    dir: "ltr" | "rtl";
    /** A message as text. `{product}` in it becomes the name of this site. */
    t: <K extends Known>(key: K, ...values: Values<Messages[K]>) => string;
    /** Like `t`, for a message that other code has chosen, such as an error from `lib`. */
    say: (said: Said) => string;
    /** A message as React nodes. Tags in it become elements, and values may be elements, too. */
    rich: <K extends Known>(
      key: K,
      values: { [Name in keyof Filled<Messages[K]>]: Filled<Messages[K]>[Name] | ReactNode | Tag },
    ) => ReactNode;
  };

export type Settings = {
  locale: Locale;
  /** The IANA name of the reader's time zone. Null if unknown: then times are written in UTC, with "UTC" after them. */
  timeZone: string | null;
  /** The name of the site: the setting PRODUCT_NAME. */
  product: string;
  /** The address of the site's own logo, or null for Latchkey's. */
  logo?: string | null;
  /** The setting HELP_URL, or null. */
  help?: string | null;
};

/** The words of a language, from its compiled catalogue. */
export function wordsFrom(
  messages: Record<string, unknown>,
  { locale, timeZone, product, logo = null, help = null }: Settings,
): Words {
  const written = formatsOf(locale, timeZone);
  const write = (key: Key, values?: object) =>
    format<ReactNode>(
      messages[key] as CompiledMessage,
      written.language,
      { product, ...values } as FormatValues<ReactNode>,
      { formatters: written.formatters, timeZone: timeZone ?? "UTC" } satisfies FormatOptions,
    );

  return {
    ...written.formats,
    product,
    logo,
    help,
    locale,
    timeZone,
    dir: written.dir,
    t: (key, ...[values]) => write(key, values) as string,
    say: ([key, values]) => write(key, values) as string,
    rich: (key, values) => together(write(key, withWholeParts(values))),
  };
}

/** The parts of a message as one React node. Their order never changes, so they need no keys. */
function together(parts: ReactNode): ReactNode {
  return Array.isArray(parts) ? createElement(Fragment, null, ...parts) : parts;
}

/** Makes each tag receive the parts inside it as one node. */
function withWholeParts(values: object): object {
  const entries = Object.entries(values).map(([name, value]) =>
    typeof value === "function" ? [name, (parts: ReactNode[]) => value(together(parts))] : [name, value],
  );
  return Object.fromEntries(entries);
}
