import type { Words } from "@/lib/i18n/words";
import type { Entry, FullEntry } from "./activity";
import { calendarOf, dayBefore } from "./days";

/** Consecutive entries of one day that differ only in their times. */
export type Fold<E> = {
  /** The oldest of them. It stays the same when a newer one is added. */
  entry: E;
  /** When each of them was, newest first. */
  moments: Pick<Entry, "id" | "at">[];
};

/** A day in the reader's time zone, with its title in the reader's language: "Today", "Yesterday", or the date. */
export type ActivityDay<E> = { title: string; folds: Fold<E>[] };

/**
 * Entries by the reader's days, with repetitions folded. Keeps the order of the entries, newest first. A page of entries
 * begins with a day of its own, even if the previous page ended within that day.
 */
export function groupByDay<E extends Entry | FullEntry>(entries: E[], now: Date, words: Words): ActivityDay<E>[] {
  const dayAt = calendarOf(words.timeZone ?? "UTC");
  const today = dayAt(now.getTime());
  const titles = { [today]: words.t("ledger.today"), [dayBefore(today)]: words.t("ledger.yesterday") };

  const byDay = runs(entries, ({ at }) => dayAt(Date.parse(at)));
  return byDay.map(([day, ofDay]) => ({
    title: titles[day] ?? words.day(Date.parse(ofDay[0].at), "long"),
    folds: runs(ofDay, withoutTime).map(([, same]) => fold(same)),
  }));
}

function fold<E extends Entry | FullEntry>(same: Run<E>): Fold<E> {
  return { entry: same.at(-1) ?? same[0], moments: same.map(({ id, at }) => ({ id, at })) };
}

/** All that readers can see of an entry, except its time. */
function withoutTime(entry: Entry | FullEntry): string {
  return JSON.stringify({ ...entry, id: null, at: null });
}

type Run<Item> = [Item, ...Item[]];

/** Items as runs of neighbours with the same key, in the same order. */
function runs<Item>(items: Item[], keyOf: (item: Item) => string): [key: string, run: Run<Item>][] {
  const found: [key: string, run: Run<Item>][] = [];
  for (const item of items) {
    const key = keyOf(item);
    const last = found.at(-1);
    if (last?.[0] === key) last[1].push(item);
    else found.push([key, [item]]);
  }
  return found;
}
