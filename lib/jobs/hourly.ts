import { setTimeout as pause } from "node:timers/promises";
import { isOutage } from "@/lib/db";
import { MINUTE } from "@/lib/env";
import { storeActive, storeThrottled } from "@/lib/ledger/hourly";
import { log } from "@/lib/log";
import { sessionStore } from "@/lib/session/store";

/** How often the counts are stored, in milliseconds. If the process dies, counts that are not stored yet are lost. */
const STORE_INTERVAL = 10_000;

/** How often the active sessions are counted, in milliseconds. */
const ACTIVE_INTERVAL = 5 * MINUTE;

/** Stores the counts at intervals. The returned function stops this and stores the rest. */
export function keepHourly(): () => Promise<void> {
  const stopping = new AbortController();
  let activeAt = 0;
  const kept = (async () => {
    while (!stopping.signal.aborted) {
      await pause(STORE_INTERVAL, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      await unlessAway(storeThrottled);
      if (Date.now() < activeAt || stopping.signal.aborted) continue;
      activeAt = Date.now() + ACTIVE_INTERVAL;
      await unlessAway(async () => storeActive(await sessionStore().countActive()));
    }
  })();
  return () => {
    stopping.abort();
    return kept;
  };
}

async function unlessAway(store: () => Promise<void>): Promise<void> {
  await store().catch((error) => {
    if (!isOutage(error)) log().error({ err: error }, "What was counted is not stored");
  });
}
