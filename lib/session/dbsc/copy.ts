import { type Database, db, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { metrics } from "@/lib/metrics";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";

// A good session cookie without the proof that its browser must be holding is a copy. The browser with the key is known,
// so it keeps its session, unlike with tokens of which nobody can say who has the original (decision 39).

/** For how long further copies of a session's cookie are not reported to its owner, in hours. */
const QUIET = 24;

/**
 * Refuses a request with a copied cookie. Notifies its owner, once a day for each session. Returns "ended" if
 * `ON_COPIED_COOKIE` ends the session. Throws an Outage.
 */
export async function refuseCopy(found: ActiveSession, client: Client): Promise<"refused" | "ended"> {
  metrics().copies.inc();
  const { user, session, now } = found;
  const ends = (env().ON_COPIED_COOKIE ?? (user.role === "admin" ? "end" : "refuse")) === "end";
  // The copy must not profit from its owner's confirmation.
  if (!ends && session.confirmedUntil > now) await sessionStore().dropConfirmation(session.handle);
  if (!ends && (await isTold(db(), found, "copied"))) return "refused";

  await transaction(async (tx) => {
    await lockUser(tx, user.id);
    if (await tell(tx, found, { reason: "copied", client })) {
      const at = now.toISOString();
      const { handle } = session;
      const incident = { about: "copied" as const, userId: user.id, at, handle, hasEnded: ends, ...client };
      await enqueue(tx, user.email, { kind: "incident", details: incident });
    }
    const target = { userId: user.id, handles: [session.handle] };
    if (ends) await sessionStore().end(tx, target, "replayed", { userId: null, ...client });
  });
  return ends ? "ended" : "refused";
}

/** Records that a signature was not made with the session's key, once a day for each session. Throws an Outage. */
export async function recordWrongKey(found: ActiveSession, client: Client): Promise<void> {
  if (await isTold(db(), found, "wrong-key")) return;
  await transaction(async (tx) => {
    await lockUser(tx, found.user.id);
    await tell(tx, found, { reason: "wrong-key", client });
  });
}

type Copy = { reason: "copied" | "wrong-key"; client: Client };

/** Writes the line in the ledger, unless there is one. Returns whether it did. */
async function tell(tx: Database, found: ActiveSession, { reason, client }: Copy): Promise<boolean> {
  if (await isTold(tx, found, reason)) return false;
  const { user, session } = found;
  const line = { userId: user.id, byUserId: null, sessionHandle: session.handle, ...client };
  await record(tx, { event: "authn_token_reuse", reason, ...line });
  return true;
}

/** Whether the ledger has such a line about this session, not older than `QUIET`. */
async function isTold(tx: Database, { user, session }: ActiveSession, reason: Copy["reason"]): Promise<boolean> {
  const [line] = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM ledger
     WHERE user_id = ${user.id}::uuid AND event = 'authn_token_reuse' AND at > now() - make_interval(hours => ${QUIET}::int)
       AND session_handle = ${session.handle}::uuid AND reason = ${reason} LIMIT 1`;
  return line !== undefined;
}
