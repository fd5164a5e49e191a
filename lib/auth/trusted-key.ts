import { db, isOutage, type Statements } from "@/lib/db";
import { presented } from "@/lib/request-context";
import { challengeFor, isChallengeFor } from "@/lib/session/dbsc/challenge";
import { isBindingOn } from "@/lib/session/dbsc/on";
import { isFresh, proofOf, provedBy } from "@/lib/session/dbsc/proof";
import type { Refresh } from "@/lib/session/dbsc/refresh";
import { isSignedBy, type ProofKey, parseSigned } from "@/lib/session/dbsc/signature";
import { hashToken } from "@/lib/session/token";

// A trusted browser that binds its sessions keeps the key of the newest one when the user logs out. Its trust counts only
// with a proof of that key: a copy of all its cookies does not have it.

/** Binds the trust of a user's browser to a key that it has just proved, if the browser is trusted. Throws an Outage. */
export async function bindTrust(userId: string, device: string, key: ProofKey): Promise<void> {
  const its = JSON.stringify(key);
  await db().$executeRaw`
    UPDATE known_browsers SET trusted_key = ${its}::jsonb, key_proved_at = now()
     WHERE user_id = ${userId}::uuid AND device_hash = ${hashToken(device)} AND trusted_until > now()
       AND trusted_key IS DISTINCT FROM ${its}::jsonb`;
}

type Outcome = Extract<Refresh, { outcome: "proved" | "challenged" | "refused" }>;

/**
 * Checks the signature of a browser without a session, and proves its trust for some time. Null if the browser is not
 * trusted, or cannot sign. Throws an Outage.
 */
export async function proveTrust(device: string, header: string | undefined): Promise<Outcome | null> {
  // A browser has one key, that of the user who was bound last.
  const [row] = await db().$queryRaw<{ handle: string; key: ProofKey; provedAt: Date; now: Date }[]>`
    SELECT handle, trusted_key AS key, key_proved_at AS "provedAt", now() AS now FROM known_browsers
     WHERE device_hash = ${hashToken(device)} AND trusted_until > now() AND trusted_key IS NOT NULL
     ORDER BY key_proved_at DESC LIMIT 1`;
  if (!row) return null;

  const { handle, key, provedAt, now } = row;
  const challenged = { outcome: "challenged" as const, challenge: challengeFor({ handle, provedAt }, now) };
  if (!header) return challenged;
  const signed = parseSigned(header);
  if (!signed || signed.jwk !== undefined || !isSignedBy(key, signed)) return { outcome: "refused" };
  if (!isChallengeFor(signed.challenge, { handle, provedAt }, now)) return challenged;

  const [proved] = await db().$queryRaw<{ provedAt: Date }[]>`
    UPDATE known_browsers SET key_proved_at = greatest(now(), ${provedAt}::timestamptz + interval '1 ms')
     WHERE handle = ${handle}::uuid AND key_proved_at = ${provedAt}::timestamptz
    RETURNING key_proved_at AS "provedAt"`;
  // Another request of this browser was first.
  if (!proved) return challenged;
  const next = challengeFor({ handle, provedAt: proved.provedAt }, proved.provedAt);
  return { outcome: "proved", proof: proofOf(handle, proved.provedAt), challenge: next };
}

/** Whether this browser needs the key of its last session for a later log-in. In an outage it is said not to. */
export async function needsKey(device: string | null): Promise<boolean> {
  if (!device || !isBindingOn()) return false;
  try {
    const where = { deviceHash: hashToken(device), trustedUntil: { gt: new Date() }, keyProvedAt: { not: null } };
    return (await db().knownBrowser.count({ where })) > 0;
  } catch (error) {
    if (!isOutage(error)) throw error;
    return false;
  }
}

/** Whether a user's log-ins with this browser's cookies need no second step now. Throws an Outage. */
export async function isTrusted(userId: string, device: string, tx: Statements = db()): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ handle: string; isBound: boolean; now: Date }[]>`
    SELECT handle, trusted_key IS NOT NULL AS "isBound", now() AS now FROM known_browsers
     WHERE user_id = ${userId}::uuid AND device_hash = ${hashToken(device)} AND trusted_until > now()`;
  if (!row?.isBound) return row !== undefined;
  const provedAt = provedBy(presented().proof, row.handle);
  return provedAt !== null && isFresh(provedAt, row.now);
}
