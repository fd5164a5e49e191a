import { type Database, db } from "@/lib/db";
import { env } from "@/lib/env";
import { CHANNEL } from "@/lib/session/events";
import type { Lifetimes } from "@/lib/session/policy";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";

/** Gives a session a new token and returns it; the old one stops working. Null when the session has ended. */
export async function renew(tx: Database, previous: string): Promise<string | null> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const { count } = await tx.session.updateMany({
    where: { tokenHash: hashToken(previous) },
    data: { tokenHash, mark: endingKeyOf(tokenHash) },
  });
  return count > 0 ? token : null;
}

/** Names one of the user's own sessions; null removes the name. Returns whether there is such a session. */
export async function rename(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  const { count } = await db().session.updateMany({ where: { userId, handle }, data: { name } });
  return count > 0;
}

/** Records that the password was entered in a session just now, which counts as recent for `CONFIRM_LIFETIME`. */
export async function confirm(tx: Database, handle: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE sessions SET confirmed_at = now(), confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid`;
}

/** Extends a confirmation from now if it still counts. Returns whether it does. */
export async function extendConfirmation(handle: string): Promise<boolean> {
  const changed = await db().$executeRaw`
    UPDATE sessions SET confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid AND confirmed_until > now()`;
  return changed > 0;
}

/** Ends a session's confirmation and notifies the user's open pages. */
export async function dropConfirmation(handle: string): Promise<void> {
  await db().$queryRaw`
    WITH dropped AS (UPDATE sessions SET confirmed_until = now() WHERE handle = ${handle}::uuid RETURNING user_id)
    SELECT pg_notify(${CHANNEL}, json_build_object('user', user_id, 'ended', json_build_array())::text)::text FROM dropped`;
}

/**
 * Records that a session was used just now.
 *
 * Updates only the row of an active session: it neither restores a session that
 * has ended meanwhile, nor extends an expired one, nor writes twice in one touch
 * interval.
 */
export async function touch(token: string, { idle, total, touch }: Lifetimes, ipAddress: string | null): Promise<void> {
  // No wait for the disk: a crash loses at most a fraction of a second, and only of these updates.
  await db().$executeRaw`
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE sessions SET last_seen_at = now(), last_ip_address = coalesce(${ipAddress}::inet, last_ip_address)
      FROM relaxed
     WHERE token_hash = ${hashToken(token)}
       AND last_seen_at <= now() - make_interval(secs => ${touch / 1000})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})`;
}
