import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { recordRefusal } from "@/lib/ledger/refusals";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";

// What users do with their own sessions. Our pages name only these. Somebody else's
// handle is "not found" to the user who sends it, and leaves a line in the ledger.

/** Ends one of them. Returns false when none has this handle. Throws an Outage. */
export async function endOwnSession(found: ActiveSession, handle: string, by: Client): Promise<boolean> {
  const userId = found.user.id;
  const ended = await transaction((tx) => sessionStore().end(tx, { userId, handle }, "revoked", { userId, ...by }));
  if (ended === 0) await recordForeignHandle(found, handle, by);
  return ended > 0;
}

/** Ends all of them, except for one, if any. Returns how many. Throws an Outage. */
export async function endOwnSessions({ user }: ActiveSession, except: string | null, by: Client): Promise<number> {
  const userId = user.id;
  return transaction((tx) => sessionStore().end(tx, { userId, except }, "revoked", { userId, ...by }));
}

/** Gives one of them a name, or with null takes it away. Returns false when none has this handle. Throws an Outage. */
export async function nameOwnSession(
  found: ActiveSession,
  { handle, name }: { handle: string; name: string | null },
  by: Client,
): Promise<boolean> {
  const isNamed = await sessionStore().rename({ userId: found.user.id, handle }, name);
  if (!isNamed) await recordForeignHandle(found, handle, by);
  return isNamed;
}

async function recordForeignHandle(found: ActiveSession, handle: string, by: Client): Promise<void> {
  if (await sessionStore().isForeign(found.user.id, handle))
    await recordRefusal(found, "a session of somebody else", by);
}
