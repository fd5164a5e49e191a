import format, { type CompiledMessage, type FormatOptions, type FormatValues } from "icu-minify/format";
import { createElement, Fragment, type ReactNode } from "react";
import type { BrowserSection, Messages, Tag } from "./compiled/messages";
import { type Formats, formatsOf } from "./formats";
import type { Locale } from "./locale";

/** What a message is given: texts, numbers and dates by name. Of null, nothing. */
type Values<Needed> = Needed extends null ? [] : keyof Filled<Needed> extends never ? [] : [values: Filled<Needed>];
type Filled<Needed> = { [Name in keyof Needed as Name extends "product" ? never : Name]: Needed[Name] };

/** The key of a message, "section.name". */
export type Key = keyof Messages;

/** The keys that components in the browser may use. */
type BrowserKey = Extract<Key, `${BrowserSection}.${string}`>;

/** The words that components in the browser have. Those of a request will do as well. */
export type BrowserWords = Words<BrowserKey>;

/** The keys of those messages that are given nothing. */
export type PlainKey = { [K in Key]: Messages[K] extends null ? K : never }[Key];

/** A message with what it is given: how `lib` says what is wrong, in no language yet. */
export type Said = { [K in Key]: [key: K, ...Values<Messages[K]>] }[Key];

/** The messages of one language, and its ways to write dates, numbers and lists. */
export type Words<Known extends Key = Key> = Formats &
  Required<Settings> & {
    /** Whether texts run from left to right, or from right to left. */
    dir: "ltr" | "rtl";
    /** A message as a text. `{product}` is the name of this site. */
    t: <K extends Known>(key: K, ...values: Values<Messages[K]>) => string;
    /** The same of a message that is said elsewhere. */
    say: (said: Said) => string;
    /** A message with elements in it; each value may be one, too. */
    rich: <K extends Known>(
      key: K,
      values: { [Name in keyof Filled<Messages[K]>]: Filled<Messages[K]>[Name] | ReactNode | Tag },
    ) => ReactNode;
  };

export type Settings = {
  locale: Locale;
  /** IANA; null when it is not known. Times are written in UTC then, and say so. */
  timeZone: string | null;
  /** PRODUCT_NAME. */
  product: string;
  /** The address of the site's own logo, or null for Latchkey's. */
  logo?: string | null;
};

/** The words of a language, from its compiled catalogue. */
export function wordsFrom(
  messages: Record<string, unknown>,
  { locale, timeZone, product, logo = null }: Settings,
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
    locale,
    timeZone,
    dir: written.dir,
    t: (key, ...[values]) => write(key, values) as string,
    say: ([key, values]) => write(key, values) as string,
    rich: (key, values) => together(write(key, withWholeParts(values))),
  };
}

/** The parts of a message as one node. They never change places, so they need no keys. */
function together(parts: ReactNode): ReactNode {
  return Array.isArray(parts) ? createElement(Fragment, null, ...parts) : parts;
}

/** Gives each tag its parts as one node. */
function withWholeParts(values: object): object {
  const entries = Object.entries(values).map(([name, value]) =>
    typeof value === "function" ? [name, (parts: ReactNode[]) => value(together(parts))] : [name, value],
  );
  return Object.fromEntries(entries);
}
