import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { recordRefusal } from "@/lib/ledger/refusals";
import { type ActiveSession, endSessionsOf, isForeign, nameSession, revokeSession } from "./store";

// What people do with their own sessions. A page of ours names only these: a handle
// of somebody else's is "not found" to who sends it, and a line in the ledger.

/** Ends one of them. Returns false when there is none by this handle. Throws an Outage. */
export async function endOwnSession(found: ActiveSession, handle: string, by: Client): Promise<boolean> {
  const userId = found.user.id;
  const isEnded = await transaction((tx) => revokeSession(tx, { userId, handle }, { userId, ...by }));
  if (!isEnded) await recordForeignHandle(found, handle, by);
  return isEnded;
}

/** Ends all of them, except for one, if any. Returns how many. Throws an Outage. */
export async function endOwnSessions({ user }: ActiveSession, except: string | null, by: Client): Promise<number> {
  const userId = user.id;
  return transaction((tx) => endSessionsOf(tx, { userId, except }, "revoked", { userId, ...by }));
}

/** Gives one of them a name, or takes it away. Returns false when there is none by this handle. Throws an Outage. */
export async function nameOwnSession(
  found: ActiveSession,
  { handle, name }: { handle: string; name: string | null },
  by: Client,
): Promise<boolean> {
  const isNamed = await nameSession({ userId: found.user.id, handle }, name);
  if (!isNamed) await recordForeignHandle(found, handle, by);
  return isNamed;
}

async function recordForeignHandle(found: ActiveSession, handle: string, by: Client): Promise<void> {
  if (await isForeign(found.user.id, handle)) await recordRefusal(found, "a session of somebody else", by);
}
