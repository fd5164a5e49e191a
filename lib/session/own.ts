import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { recordRefusal } from "@/lib/ledger/refusals";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, Ender } from "@/lib/session/store/contract";

// What users do with their own sessions. Our pages only ever send a user's own handles. Another
// user's handle is "not found" to the user who sends it, and the ledger records the attempt.

/** The client that ends sessions, and the receipt under which the pages of these confirm it (Ender). */
type By = Client & Pick<Ender, "receipt">;

/** Ends those of the user's other sessions that have these handles. Returns how many. Throws an Outage. */
export async function endChosenSessions(found: ActiveSession, chosen: string[], by: By): Promise<number> {
  const userId = found.user.id;
  const handles = chosen.filter((handle) => handle !== found.session.handle);
  const ended = await transaction((tx) => sessionStore().end(tx, { userId, handles }, "revoked", { userId, ...by }));
  if (ended < handles.length) await recordForeignHandles(found, handles, by);
  return ended;
}

/** Ends all of the user's sessions, except `except` if given. Returns how many. Throws an Outage. */
export async function endOwnSessions({ user }: ActiveSession, except: string | null, by: By): Promise<number> {
  const userId = user.id;
  return transaction((tx) => sessionStore().end(tx, { userId, except }, "revoked", { userId, ...by }));
}

/**
 * Names one of the user's sessions; null removes the name. Returns false when none of them has this
 * handle. Throws an Outage.
 */
export async function nameOwnSession(
  found: ActiveSession,
  { handle, name }: { handle: string; name: string | null },
  by: Client,
): Promise<boolean> {
  const isNamed = await sessionStore().rename({ userId: found.user.id, handle }, name);
  if (!isNamed) await recordForeignHandles(found, [handle], by);
  return isNamed;
}

async function recordForeignHandles(found: ActiveSession, handles: string[], by: Client): Promise<void> {
  if (await sessionStore().isForeign(found.user.id, handles))
    await recordRefusal(found, "a session of somebody else", by);
}
