import { isValidElement, type ReactNode } from "react";
import type { Messages, Tag } from "@/lib/i18n/compiled/messages";
import type { Key, Words } from "@/lib/i18n/words";
import { escaped } from "@/lib/text/escaped";

/** The values of a message, with tags that take and return HTML instead of React nodes. */
type HtmlValues<Needed> = {
  [Name in keyof Needed as Name extends "product" ? never : Name]: Needed[Name] extends Tag
    ? (parts: string) => string
    : Needed[Name];
};

/** A piece of HTML within a message, which must not be escaped again. */
class Markup {
  constructor(readonly html: string) {}
}

/** A message as HTML, for pages that React does not render. Its texts and values are escaped. */
export function inHtml<K extends Key>({ rich }: Words, key: K, values: HtmlValues<Messages[K]>): string {
  const given = Object.entries(values).map(([name, value]) =>
    typeof value === "function" ? [name, (parts: ReactNode) => new Markup(value(htmlOf(parts)))] : [name, value],
  );
  return htmlOf(rich(key, Object.fromEntries(given)));
}

function htmlOf(part: unknown): string {
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map(htmlOf).join("");
  // Several parts are the children of a fragment.
  return isValidElement<{ children: unknown }>(part) ? htmlOf(part.props.children) : escaped(String(part ?? ""));
}
