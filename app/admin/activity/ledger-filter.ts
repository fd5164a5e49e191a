import { DAY } from "@/lib/env";
import { ADDRESS_PART, DATE } from "@/lib/forms/fields";
import { instantOf } from "@/lib/forms/local-time";
import type { LineFilter } from "@/lib/ledger/lines";
import { parseKind } from "@/lib/ledger/lines";
import { words } from "@/lib/words";

/** What an administrator looks for in the ledger, as in the query. The days are those of the reader's time zone. */
export type Sought = { kind: string; address: string; from: string; to: string };

type Errors = Partial<Record<"address" | "from" | "to", string>>;

/** The filter for the ledger, and the errors of values that it leaves out. */
export function filterOf({ kind, address, from, to }: Sought): { filter: LineFilter; errors: Errors | null } {
  const { say, timeZone } = words();
  const [range, first, last] = [ADDRESS_PART.accept(address), DATE.accept(from), DATE.accept(to)];
  const errors = {
    ...(range === null && { address: say(ADDRESS_PART.message(address)) }),
    ...(first === null && { from: say(DATE.message(from)) }),
    ...(last === null && { to: say(DATE.message(to)) }),
  };
  const filter = {
    kind: parseKind(kind),
    address: range || null,
    since: first ? startOf(first, timeZone) : null,
    until: last ? startOf(dayAfter(last), timeZone) : null,
  };
  return { filter, errors: Object.keys(errors).length > 0 ? errors : null };
}

/** A query parameter as text. */
export function text(value: string | string[] | undefined | null): string {
  return typeof value === "string" ? value.trim().slice(0, 254) : "";
}

function startOf(day: string, timeZone: string | null): Date {
  return instantOf(`${day}T00:00`, timeZone ?? "UTC");
}

/** The day after a day; the last one that has four digits is its own. */
function dayAfter(day: string): string {
  return day === "9999-12-31" ? day : new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
}
