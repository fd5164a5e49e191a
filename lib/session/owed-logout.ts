import { db, isOutage } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { log } from "@/lib/log";
import { sessionStore } from "@/lib/session/store";
import type { PendingEnding } from "./cookie";

/** How long to wait before the next try, in milliseconds: soon at first, then patiently. */
const WAITS = [1000, 2000, 5000, 10_000, 30_000];

/**
 * Ends a session that could not be ended at logout, as soon as the database
 * answers. For as long as this process lives; the cookie that the browser has
 * been given does the same, and outlives it.
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

/** Ends the session of a logout that met an outage. Says whether that is done now; whatever goes wrong, it stays owed. */
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
