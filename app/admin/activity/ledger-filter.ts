import { ADDRESS_PART } from "@/lib/forms/fields";
import { isDay, momentsOf } from "@/lib/ledger/days";
import type { LineFilter } from "@/lib/ledger/lines";
import { parseKind } from "@/lib/ledger/lines";
import { words } from "@/lib/words";

/** What an administrator looks for in the ledger, as in the query. The days are those of the reader's time zone. */
export type Sought = { kind: string; address: string; from: string; to: string };

type Errors = Partial<Record<"address" | "from" | "to", string>>;

/** The filter for the ledger, and the errors of values that it leaves out. */
export function filterOf({ kind, address, from, to }: Sought): { filter: LineFilter; errors: Errors | null } {
  const { t, say, timeZone } = words();
  const range = ADDRESS_PART.accept(address);
  const [first, last] = [from, to].map((day) => (isDay(day) ? day : null));
  const errors = {
    ...(range === null && { address: say(ADDRESS_PART.message(address)) }),
    ...(from && !first && { from: t("fields.date") }),
    ...(to && !last && { to: t("fields.date") }),
  };
  const filter = {
    kind: parseKind(kind),
    address: range || null,
    since: first ? momentsOf(first, timeZone).since : null,
    until: last ? momentsOf(last, timeZone).until : null,
  };
  return { filter, errors: Object.keys(errors).length > 0 ? errors : null };
}

/** A query parameter as text. */
export function text(value: string | string[] | undefined | null): string {
  return typeof value === "string" ? value.trim().slice(0, 254) : "";
}
