import { setTimeout as pause } from "node:timers/promises";
import { isOutage } from "@/lib/db";
import { allFullActivity, type FullEntry } from "@/lib/ledger/activity";
import type { Kind } from "@/lib/ledger/lines";

/** How often to look for new entries, in milliseconds. */
const INTERVAL = 500;

/**
 * How many times to look again below the newest entry.
 *
 * An entry gets its number before its transaction commits, so a smaller number may become
 * visible after a larger one. Together the looks take longer than any transaction may.
 */
const LOOKS = 8;

type Chosen = { userId: string | null; kind: Kind | null; after: bigint };

/** Shows entries after `after` as they appear, oldest first, until SIGINT or SIGTERM. Waits during an outage. */
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
      for await (const entries of allFullActivity(userId, { kind }, settled)) found.push(...entries);
      for (const entry of found.reverse()) if (!shown.has(entry.id)) show(entry);

      shown = new Set(found.map(({ id }) => id));
      newest.push(BigInt(found.at(-1)?.id ?? settled));
      if (newest.length > LOOKS) newest.shift();
      isAway = false;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!isAway) console.error("The database does not respond. Waiting for it …");
      isAway = true;
    }
    await pause(INTERVAL, undefined, { signal: stopping.signal }).catch(() => {});
  }
}
