import { db, isOutage } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { log } from "@/lib/log";
import { sessionStore } from "@/lib/session/store";
import type { PendingEnding } from "./cookie";

/** Milliseconds before each retry; the last value repeats. */
const WAITS = [1000, 2000, 5000, 10_000, 30_000];

/**
 * Ends the session of a logout that an outage interrupted, as soon as the database
 * is back. Retries only while this process runs. After that, the browser's cookie
 * makes its next request end the session.
 */
export function endWhenPossible(pending: PendingEnding, by: Client, tries = 0): void {
  const wait = setTimeout(
    async () => {
      if (!(await finishEnding(pending, by))) endWhenPossible(pending, by, tries + 1);
    },
    WAITS[Math.min(tries, WAITS.length - 1)],
  );
  wait.unref();
}

/** Ends the session of an interrupted logout. Returns false on any error: the caller should retry. */
export async function finishEnding({ tokenHash }: PendingEnding, by: Client): Promise<boolean> {
  try {
    await sessionStore().end(
      db(),
      { tokenHash: new Uint8Array(Buffer.from(tokenHash, "base64url")) },
      "logged-out",
      by,
    );
    return true;
  } catch (error) {
    if (!isOutage(error)) log().error({ err: error }, "A logout is still owed");
    return false;
  }
}
