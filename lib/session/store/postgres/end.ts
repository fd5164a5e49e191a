import { onceCommitted, type Statements } from "@/lib/db";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import type { EndReason } from "@/lib/session/ending";
import { announcedEnd } from "@/lib/session/events";
import type { Ender, Target } from "@/lib/session/store/contract";
import { bury, inTransactionIfMirrored, isMirrored, willBury } from "@/lib/session/store/redis/mirror";
import { Prisma } from "@/prisma/client/client";
import { lifetimeInSql } from "./lifetime";
import { lockSessions } from "./lock";

/** Ends sessions: see SessionStore. */
export async function end(tx: Statements, target: Target, reason: EndReason, by: Ender): Promise<number> {
  if ("tokenHash" in target)
    return endThose(
      tx,
      Prisma.sql`SELECT handle, ${reason}::text AS reason FROM sessions WHERE token_hash = ${target.tokenHash}`,
      by,
    );
  const { userId } = target;
  if ("handles" in target) {
    const those = Prisma.sql`
      SELECT handle, ${reason}::text AS reason
        FROM sessions WHERE user_id = ${userId}::uuid AND handle = ANY(${target.handles}::uuid[])`;
    return endThose(tx, those, by);
  }
  const { except } = target;
  // Also locks the session that stays, so that everything locks in the same order.
  if (except) await lockSessions(tx, Prisma.sql`s.user_id = ${userId}::uuid`);
  const those = Prisma.sql`
    SELECT handle, ${reason}::text AS reason
      FROM sessions WHERE user_id = ${userId}::uuid AND (${except}::uuid IS NULL OR handle <> ${except}::uuid)`;
  return endThose(tx, those, by);
}

/** A session that had expired when the sweep read it. */
export type Expired = { tokenHash: Uint8Array; lastSeenAt: Date };

/**
 * Ends expired sessions and returns how many. Skips those that were used after the sweep read
 * them, and rows that another transaction has locked.
 */
export async function endExpired(tx: Statements, sessions: Expired[]): Promise<number> {
  const hashes = sessions.map(({ tokenHash }) => Buffer.from(tokenHash).toString("hex"));
  const seen = sessions.map(({ lastSeenAt }) => lastSeenAt.toISOString());
  const unused = Prisma.sql`
    SELECT s.handle, 'expired' AS reason
      FROM unnest(${hashes}::text[], ${seen}::text[]) AS o (token_hash, last_seen_at)
      JOIN sessions s ON s.token_hash = decode(o.token_hash, 'hex') AND s.last_seen_at = o.last_seen_at::timestamptz
       FOR UPDATE OF s SKIP LOCKED`;
  return endThose(tx, unused, null);
}

/**
 * Every ending of a session goes through this one statement. It deletes the row and writes the
 * ledger line: both or neither. `sessions` selects handle and reason: the token's hash may change
 * while the statement waits for the row. `by` is null for a sweep, which has no user.
 *
 * An expired session gets the time and reason of its expiry, and no record of the caller.
 * Returns how many sessions ended for other reasons; after a sweep, how many ended.
 */
export async function endThose(tx: Statements, sessions: Prisma.Sql, by: Ender | null): Promise<number> {
  return inTransactionIfMirrored(tx, (tx) => endNow(tx, sessions, by));
}

async function endNow(tx: Statements, sessions: Prisma.Sql, by: Ender | null): Promise<number> {
  const isSomebody = by !== null && by.userId !== null;
  if (isMirrored()) await willBury(tx);
  const rows = await tx.$queryRaw<{ reasons: EndReason[] | null; hashes: string[] | null }[]>`
    WITH asked AS (${sessions}),
         locked AS (
           SELECT s.handle, a.reason, s.last_seen_at + ${lifetimeInSql("idle")} AS idle_at, ${lifetimeInSql("idle")} AS idle,
                  s.created_at + ${lifetimeInSql("total")} AS total_at, ${lifetimeInSql("total")} AS total
             FROM asked a JOIN sessions s ON s.handle = a.handle JOIN users u ON u.id = s.user_id
            ORDER BY s.created_at, s.token_hash FOR UPDATE OF s),
         ending AS (
           SELECT handle, least(idle_at, total_at) <= now() AS is_over,
                  CASE WHEN least(idle_at, total_at) > now() THEN reason WHEN idle_at < total_at THEN 'idle' ELSE 'expired' END AS reason,
                  least(idle_at, total_at, now()) AS at,
                  CASE WHEN least(idle_at, total_at) <= now() THEN extract(epoch FROM CASE WHEN idle_at < total_at THEN idle ELSE total END)::float8::text END AS detail
             FROM locked),
         ended AS (DELETE FROM sessions s USING ending e WHERE s.handle = e.handle
                   RETURNING s.user_id, s.token_hash, s.handle, s.mark, e.reason, e.at, e.detail, e.is_over),
         lines AS (
           INSERT INTO ledger (event, at, user_id, by_user_id, session_handle, session_mark, reason, detail, note, ip_address, user_agent)
           SELECT 'session_expired', at, user_id, CASE WHEN ${isSomebody} AND NOT is_over THEN coalesce(${by?.userId ?? null}::uuid, user_id) END, handle, mark, reason, detail,
                  CASE WHEN NOT is_over THEN ${by?.note ?? null}::text END, CASE WHEN NOT is_over THEN ${by?.ipAddress ?? null}::inet END,
                  CASE WHEN NOT is_over THEN ${by?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}::text END
             FROM ended ORDER BY at
           RETURNING user_id, session_handle, reason)
    SELECT array_agg(reason) AS reasons, NULL AS hashes, ${announcedEnd(by)} AS announced
      FROM lines GROUP BY user_id
     UNION ALL SELECT NULL, array_agg(encode(token_hash, 'hex')), NULL FROM ended`;
  await bury(
    tx,
    rows.flatMap(({ hashes }) => hashes ?? []).map((hash) => new Uint8Array(Buffer.from(hash, "hex"))),
  );
  const ended = rows.flatMap(({ reasons }) => reasons ?? []);
  onceCommitted(tx, () => {
    for (const reason of ended) metrics().sessionsEnded.inc({ reason });
  });
  return by === null ? ended.length : ended.filter((reason) => reason !== "idle" && reason !== "expired").length;
}
