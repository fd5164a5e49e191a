import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { metrics } from "@/lib/metrics";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";

/**
 * Ends a session of which an outdated cookie was used, and notifies its owner once. Nobody can tell whether the owner or
 * the thief has it, so both are logged out (RFC 9700 §4.14.2). Throws an Outage.
 */
export async function endReplayed({ user, session, now }: ActiveSession, client: Client): Promise<void> {
  metrics().replays.inc();
  const { handle } = session;
  await transaction(async (tx) => {
    await lockUser(tx, user.id);
    const target = { userId: user.id, handles: [handle] };
    const ended = await sessionStore().end(tx, target, "replayed", { userId: null, ...client });
    // Another request was first.
    if (ended === 0) return;
    const line = { userId: user.id, byUserId: null, sessionHandle: handle, ...client };
    await record(tx, { event: "authn_token_reuse", reason: "replayed", ...line });
    const incident = { about: "replayed" as const, userId: user.id, at: now.toISOString(), handle, ...client };
    await enqueue(tx, user.email, { kind: "incident", details: incident });
  });
}
