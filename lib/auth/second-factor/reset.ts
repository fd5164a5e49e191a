import { forgetBrowsers } from "@/lib/auth/device";
import { type Database, transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { AdminAction, Outcome } from "@/lib/users/administration";
import { withdrawLinks } from "@/lib/users/one-time-tokens";
import { forgetRecovery } from "@/lib/users/recoveries";
import { factorsOf, hasSecondFactor, removeFactors } from "./factors";

// Apart from recovery.ts, because commands have no request.

/**
 * Removes every second factor of an account at once, ends its sessions and tells its owner, with the administrator's
 * reason. The password stays. Throws an Outage.
 */
export async function resetSecondFactor(id: string, action: AdminAction): Promise<Outcome> {
  return transaction<Outcome>(async (tx) => {
    const user = await lockUser(tx, id);
    if (!user) return { state: "not-found" };
    if (!hasSecondFactor(await factorsOf(id, tx))) return { state: "unchanged" };

    await removeAllFactors(tx, id);
    await sessionStore().end(tx, { userId: id, except: null }, "by-admin", action);
    await sessionStore().changed(tx, id);
    const { userId, ...act } = action;
    await record(tx, { event: "user_updated", reason: "factors-reset", userId: id, byUserId: userId, ...act });
    // Without the client: the owner need not know where administrators are.
    const at = new Date().toISOString();
    const nowhere = { userAgent: null, ipAddress: null };
    await enqueue(tx, user.email, {
      kind: "incident",
      details: { about: "factors-reset", userId: id, at, handle: null, note: action.note, ...nowhere },
    });
    return { state: "done" };
  });
}

/** Removes all factors, and all that could replace one or the password. */
export async function removeAllFactors(tx: Database, userId: string): Promise<void> {
  await removeFactors(tx, userId);
  await forgetRecovery(tx, userId);
  await withdrawLinks(tx, userId);
  await forgetBrowsers(tx, userId, { except: null });
}
