import { type Database, db } from "@/lib/db";
import { env } from "@/lib/env";
import { CHANNEL } from "@/lib/session/events";
import type { Lifetimes } from "@/lib/session/policy";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";

/** Gives a session a new token, which is returned; the one before is worth nothing from then on. Null when the session has ended. */
export async function renew(tx: Database, previous: string): Promise<string | null> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const { count } = await tx.session.updateMany({
    where: { tokenHash: hashToken(previous) },
    data: { tokenHash, mark: endingKeyOf(tokenHash) },
  });
  return count > 0 ? token : null;
}

/** Gives one of the user's own sessions a name, or takes it away with null. Says whether there is such a session. */
export async function rename(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  const { count } = await db().session.updateMany({ where: { userId, handle }, data: { name } });
  return count > 0;
}

/** Records that the password was entered in a session just now. For `CONFIRM_LIFETIME` it is not asked for again. */
export async function confirm(tx: Database, handle: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE sessions SET confirmed_at = now(), confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid`;
}

/** Lets a confirmation last on from now, if it still counts; says whether it does. */
export async function extendConfirmation(handle: string): Promise<boolean> {
  const changed = await db().$executeRaw`
    UPDATE sessions SET confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid AND confirmed_until > now()`;
  return changed > 0;
}

/** Lets a session's confirmation count no more, and tells the open pages so. */
export async function dropConfirmation(handle: string): Promise<void> {
  await db().$queryRaw`
    WITH dropped AS (UPDATE sessions SET confirmed_until = now() WHERE handle = ${handle}::uuid RETURNING user_id)
    SELECT pg_notify(${CHANNEL}, json_build_object('user', user_id, 'ended', json_build_array())::text)::text FROM dropped`;
}

/**
 * Records that a session was used just now.
 *
 * An update of a row that is there and alive: it neither brings back what was
 * ended meanwhile, nor extends what is over by its age, nor writes twice in
 * one interval.
 */
export async function touch(token: string, { idle, total, touch }: Lifetimes, ipAddress: string | null): Promise<void> {
  // Only this may be lost in a crash, by a fraction of a second; so nobody waits for the disk.
  await db().$executeRaw`
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE sessions SET last_seen_at = now(), last_ip_address = coalesce(${ipAddress}::inet, last_ip_address)
      FROM relaxed
     WHERE token_hash = ${hashToken(token)}
       AND last_seen_at <= now() - make_interval(secs => ${touch / 1000})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})`;
}
