import { RANGE } from "@/lib/forms/fields";
import { browserName } from "@/lib/http/browser-name";
import { within } from "@/lib/http/network";
import type { Words } from "@/lib/i18n/words";
import type { Entry } from "./activity";
import { isDay, momentsOf } from "./days";
import { DOERS } from "./doers";
import { type Kind, parseKind, type Range } from "./lines";

// The filters of a list of activity, as in the address of its page.

/** The filters that readers fill in. */
export const FILTERS = ["search", "from", "to", "device", "address"] as const;

type FilterName = (typeof FILTERS)[number];

/** What a reader looks for; null for anything. `from` and `to` are days, YYYY-MM-DD, both included. */
export type Filter = { kind: Kind | null } & Record<FilterName, string | null>;

/** What is wrong with a value, as the key of a message. */
type FaultKey = `activityPage.wrong${"Day" | "Order" | "Address"}`;

/** A filter, the texts that were typed in, and the faults of those texts that the filter ignores. */
export type ParsedFilter = {
  filter: Filter;
  typed: Record<FilterName, string | null>;
  faults: Partial<Record<FilterName, FaultKey>>;
};

/** The maximum length of a filter, in UTF-16 code units. */
const LONGEST = 200;

/** The filter in a query. Ignores what it cannot read, and says so. */
export function parseFilter(query: Record<string, unknown>): ParsedFilter {
  const typed = Object.fromEntries(FILTERS.map((name) => [name, typedIn(query[name])])) as ParsedFilter["typed"];
  const faults = faultsOf(typed);
  const accepted = (name: FilterName) => (faults[name] ? null : typed[name]);
  const address = accepted("address");
  const filter = {
    kind: parseKind(query.kind),
    search: accepted("search"),
    from: accepted("from"),
    to: accepted("to"),
    device: accepted("device"),
    address: address && RANGE.accept(address),
  };
  return { filter, typed, faults };
}

function typedIn(value: unknown): string | null {
  return (typeof value === "string" && value.slice(0, LONGEST).trim()) || null;
}

function faultsOf({ from, to, address }: ParsedFilter["typed"]): ParsedFilter["faults"] {
  const [first, last] = [from, to].map((day) => (day && isDay(day) ? day : null));
  return {
    ...(from && !first && { from: "activityPage.wrongDay" }),
    ...(to && !last && { to: "activityPage.wrongDay" }),
    ...(first && last && last < first && { to: "activityPage.wrongOrder" }),
    ...(address && RANGE.accept(address) === null && { address: "activityPage.wrongAddress" }),
  };
}

/** The lines among which to look: their kind, and the reader's days in this time zone (IANA; null for UTC). */
export function rangeOf({ kind, from, to }: Filter, timeZone: string | null): Omit<Range, "before"> {
  return {
    kind,
    since: from ? momentsOf(from, timeZone).since : null,
    until: to ? momentsOf(to, timeZone).until : null,
  };
}

/** Whether an entry has the device, the address and the words that a reader looks for; null if they look for none of these. */
export function conditionOf({ search, device, address }: Filter, words: Words): ((entry: Entry) => boolean) | null {
  if (!search && !device && !address) return null;
  const isWithin = address ? within(address) : null;
  const wanted = search ? folded(search).split(/\s+/) : [];

  return (entry) => {
    if (device && deviceKey(entry) !== device) return false;
    if (isWithin && !isWithin(entry.address ?? "")) return false;
    const text = wanted.length > 0 ? folded(textOf(entry, words)) : "";
    return wanted.every((word) => hasWord(text, word));
  };
}

/** Whether a text contains a word. Two Latin letters are in many words, such as "in" in "Linux": they must begin one. */
function hasWord(text: string, word: string): boolean {
  return /^[a-z]{1,2}$/.test(word) ? new RegExp(`(?<![a-z])${word}`).test(text) : text.includes(word);
}

/** A device as the value of a filter: "Firefox/Linux". Null if the entry shows none. */
export function deviceKey({ browser, system }: Pick<Entry, "browser" | "system">): string | null {
  return browser && [browser, system].filter(Boolean).join("/");
}

/** The device that the value of a filter names. */
export function deviceNamed(key: string): { browser: string; system: string | null } {
  const [browser = "", system = null] = key.split("/");
  return { browser, system };
}

/** All that a reader sees of an entry, except its time. */
function textOf(entry: Entry, words: Words): string {
  const { what, by, note, browser, system, address, place, event } = entry;
  const device = browser && browserName({ browser, system }, words);
  return [what, words.t(DOERS[by]), note, device, address, place, event].join("\n");
}

/** A text without differences that readers do not mean: capitals, and widths of letters. */
function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
