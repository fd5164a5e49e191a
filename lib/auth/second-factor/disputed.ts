import { deletePasskey } from "@/lib/auth/passkeys/store";
import { removeApp } from "@/lib/auth/totp/store";
import { type Database, db } from "@/lib/db";
import { DAY, MINUTE } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { findBeginnings } from "@/lib/ledger/sessions";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { sessionStore } from "@/lib/session/store";
import { forgetRecovery, isInDispute, startRecovery } from "@/lib/users/recoveries";
import { uuid7Time } from "@/lib/uuid";
import { factorsOf } from "./factors";
import { type FactorChange, forgetCodesIfAlone } from "./manage";
import { removeRecoveryCodes } from "./recovery-codes";

// Factors that a thief may have added. The link "It wasn't me" in an email would be worth little if the thief's passkey
// still logged in afterwards. But no link may take the last factor away at once, or the mailbox alone would be enough.

/** For how long after it was added a factor can be disputed by such a link, in milliseconds: as long as the link works. */
const NEW = 7 * DAY;

/** How far the clocks of the database and of our servers may differ, in milliseconds. */
const CLOCKS_DIFFER = MINUTE;

/** A factor that was added since a disputed event. */
export type NewFactor = {
  /** "app", "codes", or the id of a passkey. */
  id: string;
  kind: "app" | "codes" | "passkey";
  /** The name of a passkey. */
  name: string | null;
  addedAt: Date;
};

/** What a link against an event says about it. */
type Disputed = { subject: string; userId: string | null; sessionHandle: string | null };

/**
 * Since when factors are in dispute: since the event that the link's email is about, or the beginning of its session;
 * but not longer than `NEW` ago. Throws an Outage.
 */
export async function disputedSince({ subject, userId, sessionHandle }: Disputed): Promise<Date> {
  // The email was queued in the transaction of its event.
  const queued = uuid7Time(subject.slice(subject.indexOf(":") + 1)) ?? Date.now();
  const at = new Date(queued - CLOCKS_DIFFER);
  const began = userId ? await beginningOf(userId, { at, handle: sessionHandle }) : at;
  return new Date(Math.max(began.getTime(), Date.now() - NEW));
}

/** When an event of a user was, or the beginning of the session in which it was, if that is known. Throws an Outage. */
export async function beginningOf(userId: string, { at, handle }: { at: Date; handle: string | null }): Promise<Date> {
  const began = handle ? (await findBeginnings(userId, [handle], at)).get(handle)?.at : null;
  return began && began < at ? began : at;
}

/** The factors of a user that were added since a moment, the latest first. Throws an Outage. */
export async function findNewFactors(userId: string, since: Date, tx: Database = db()): Promise<NewFactor[]> {
  return tx.$queryRaw<NewFactor[]>`
    SELECT * FROM (
      SELECT 'app' AS id, 'app' AS kind, NULL AS name, confirmed_at AS "addedAt" FROM totp WHERE user_id = ${userId}::uuid
       UNION ALL
      SELECT translate(rtrim(replace(encode(id, 'base64'), E'\\n', ''), '='), '+/', '-_'), 'passkey', name, created_at
        FROM passkeys WHERE user_id = ${userId}::uuid
       UNION ALL
      SELECT 'codes', 'codes', NULL, min(created_at) FROM recovery_codes WHERE user_id = ${userId}::uuid
    ) AS factors WHERE "addedAt" >= ${since}::timestamptz ORDER BY "addedAt" DESC`;
}

/**
 * Removes the factors that were added to the account of a locked user since a moment, except for those to keep. Each is
 * in the ledger, and in an email to `email`. If no other factor would be left, the mailbox alone must not be enough to
 * take them away: then they stay, and a recovery starts that none of them can stop. Returns whether one is under way.
 */
export async function disputeFactors(
  tx: Database,
  { userId, email }: { userId: string; email: string },
  { since, keep }: { since: Date; keep: string[] },
  client: Client,
): Promise<boolean> {
  const found = (await findNewFactors(userId, since, tx)).filter(({ id }) => !keep.includes(id));
  const { passkeys, totp } = await factorsOf(userId, tx);
  const isLeft = passkeys + Number(totp) > found.filter(isFactor).length;
  const isRecovery = !isLeft && found.some(isFactor);
  if (isRecovery) {
    // A thief may have barred it with a code of the app.
    if (!(await isInDispute(userId, tx))) await forgetRecovery(tx, userId);
    await startRecovery(tx, { id: userId, email }, client, { isDisputed: true });
  }
  const disputed = isLeft ? found : found.filter((factor) => !isFactor(factor));
  for (const { id, kind } of disputed) {
    if (kind === "app") await removeApp(tx, userId);
    else if (kind === "passkey") await deletePasskey(tx, { userId, id });
    else await removeRecoveryCodes(tx, userId);

    const about: FactorChange = REMOVED[kind];
    await record(tx, { event: "user_updated", reason: about, userId, byUserId: userId, ...client });
    const at = new Date().toISOString();
    await enqueue(tx, email, { kind: "incident", details: { about, userId, at, handle: null, ...client } });
  }
  if (disputed.length > 0) {
    await forgetCodesIfAlone(tx, userId);
    await sessionStore().changed(tx, userId);
  }
  return isRecovery;
}

/** Recovery codes are no factor of their own. */
function isFactor({ kind }: NewFactor): boolean {
  return kind !== "codes";
}

const REMOVED = { app: "app-removed", passkey: "passkey-removed", codes: "recovery-codes-removed" } as const;
