// Which sessions the page shows, in which order, and under which headings.

import { browserName } from "@/lib/http/browser-name";
import type { PrivateWords } from "@/lib/i18n/words";
import type { ShownDevice } from "@/lib/session/devices";

/** From this number of sessions on, the page can be searched and sorted, and has groups and checkboxes. */
export const MANY = 8;

export const SORTS = ["used", "since", "name"] as const;

export type Sort = (typeof SORTS)[number];

/** What a reader searches for, and in which order. */
export type Wanted = { search: string; sort: Sort };

/** The order in a query parameter or a field. */
export function parseSort(text: unknown): Sort {
  return SORTS.find((each) => each === text) ?? "used";
}

/** Sessions under one heading; null for none. */
export type Group = { name: GroupName | null; sessions: ShownDevice[] };

type GroupName = "today" | "week" | "fortnight" | "older";

type Page = Wanted & {
  /** The server's time, as ISO 8601. */
  now: string;
  /** The names on the page, by handle. */
  names: Map<string, string>;
};

/** The sessions that match, in groups: this one first, then the others by the time by which they are sorted. */
export function arrange(
  sessions: readonly ShownDevice[],
  { search, sort, now, names }: Page,
  words: PrivateWords,
): Group[] {
  const nameIn = ({ handle }: ShownDevice) => names.get(handle) ?? "";
  const texts = (session: ShownDevice) =>
    [
      ...[nameIn(session), browserName(session, words), session.firstAddress, session.lastAddress],
      ...[session.firstPlace?.name, session.lastPlace?.name],
    ].join("\n");
  const found = sessions.filter((session) => foldCase(texts(session)).includes(foldCase(search.trim())));

  const order = {
    used: (a: ShownDevice, b: ShownDevice) => b.lastSeen.localeCompare(a.lastSeen),
    since: (a: ShownDevice, b: ShownDevice) => b.since.localeCompare(a.since),
    name: (a: ShownDevice, b: ShownDevice) => nameIn(a).localeCompare(nameIn(b), words.locale, { numeric: true }),
  }[sort];
  const groups: Group[] = [{ name: null, sessions: found.filter(({ isThis }) => isThis) }];
  for (const session of found.filter(({ isThis }) => !isThis).sort(order)) {
    const name = sort === "name" ? null : groupOf(sort === "since" ? session.since : session.lastSeen, now, words);
    const last = groups.at(-1);
    if (last?.name === name) last.sessions.push(session);
    else groups.push({ name, sessions: [session] });
  }
  return groups.filter((group) => group.sessions.length > 0);
}

const DAY = 86_400_000;

/** How long ago a moment was. "Today" is the reader's day. */
function groupOf(at: string, now: string, { day }: PrivateWords): GroupName {
  if (day(Date.parse(at)) === day(Date.parse(now))) return "today";
  const age = Date.parse(now) - Date.parse(at);
  if (age < 7 * DAY) return "week";
  return age < 14 * DAY ? "fortnight" : "older";
}

/** Text for a comparison that ignores case and width. */
function foldCase(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
