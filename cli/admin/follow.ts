import { setTimeout as pause } from "node:timers/promises";
import { isOutage } from "@/lib/db";
import { allFullActivity, type FullEntry } from "@/lib/ledger/activity";
import type { Kind } from "@/lib/ledger/lines";

/** How often it is looked for what is new, in milliseconds. */
const INTERVAL = 500;

/**
 * A line is numbered before its transaction is committed, so one with a smaller
 * number may be seen later than its successor. For so many looks what is below
 * is looked at once more: longer than any transaction may take.
 */
const LOOKS = 8;

type Chosen = { userId: string | null; kind: Kind | null; after: bigint };

/** Shows entries above the line `after` as they come, the oldest first, until SIGINT or SIGTERM. An outage is waited for. */
export async function follow({ userId, kind, after }: Chosen, show: (entry: FullEntry) => void): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

  let shown = new Set<string>();
  const newest = [after];
  let isAway = false;
  while (!stopping.signal.aborted) {
    try {
      const settled = newest[0] ?? after;
      const found: FullEntry[] = [];
      for await (const entries of allFullActivity(userId, kind, settled)) found.push(...entries);
      for (const entry of found.reverse()) if (!shown.has(entry.id)) show(entry);

      shown = new Set(found.map(({ id }) => id));
      newest.push(BigInt(found.at(-1)?.id ?? settled));
      if (newest.length > LOOKS) newest.shift();
      isAway = false;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!isAway) console.error("The database does not answer. Waiting for it.");
      isAway = true;
    }
    await pause(INTERVAL, undefined, { signal: stopping.signal }).catch(() => {});
  }
}
