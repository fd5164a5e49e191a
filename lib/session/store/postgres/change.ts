import { db, inTransaction, prepared, type Statements } from "@/lib/db";
import { env } from "@/lib/env";
import { outsideOfRequests } from "@/lib/request-context";
import { type Amr, combined, levelOf } from "@/lib/session/amr";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import { CHANNEL } from "@/lib/session/events";
import type { Lifetimes } from "@/lib/session/policy";
import type { Brought } from "@/lib/session/store/contract";
import {
  bury,
  claim,
  claimNew,
  inTransactionIfMirrored,
  isMirrored,
  renewCopy,
  touchCopy,
  type Used,
} from "@/lib/session/store/redis/mirror";
import { endingKeyOf, hashToken, newToken, type TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

/** Gives a session a new token and returns it; the old one stops working. Null when the session has ended. */
export async function renew(tx: Statements, previous: string): Promise<string | null> {
  const token = newToken();
  const [before, tokenHash] = [hashToken(previous), hashToken(token)];
  return inTransactionIfMirrored(tx, async (tx) => {
    const count = await tx.$executeRaw`
      UPDATE sessions SET token_hash = ${tokenHash}, mark = ${endingKeyOf(tokenHash)} WHERE token_hash = ${before}`;
    if (count === 0) return null;
    await bury(tx, [before]);
    await claimNew(tx, tokenHash);
    return token;
  });
}

/** Runs an UPDATE of sessions that returns their `tokenHash`, and makes look-ups see it. Returns how many there were. */
async function change(tx: Statements, update: Prisma.Sql): Promise<number> {
  return (await changed(tx, update)).length;
}

/** Does the same, and returns the rows. */
async function changed<Row extends object>(tx: Statements, update: Prisma.Sql): Promise<Row[]> {
  return inTransactionIfMirrored(tx, async (tx) => {
    const rows = await tx.$queryRaw<(Row & { tokenHash: TokenHash })[]>(update);
    await claim(
      tx,
      rows.map(({ tokenHash }) => tokenHash),
    );
    return rows;
  });
}

/** Stores the key of a session's browser: see SessionStore. */
export async function bind(handle: string, key: ProofKey): Promise<Date | null> {
  const its = JSON.stringify(key);
  const [bound] = await changed<{ provedAt: Date }>(
    db(),
    Prisma.sql`
      UPDATE sessions SET proof_key = ${its}::jsonb, proved_at = coalesce(proved_at, now())
       WHERE handle = ${handle}::uuid AND bound_at IS NULL AND (proof_key IS NULL OR proof_key = ${its}::jsonb)
      RETURNING token_hash AS "tokenHash", proved_at AS "provedAt"`,
  );
  return bound?.provedAt ?? null;
}

/** Records a proof: see SessionStore. */
export async function prove(tx: Statements, handle: string, provedAt: Date): Promise<Date | null> {
  // A clock that has gone back must not leave the date as it was: the challenge would be good again.
  const [proved] = await changed<{ provedAt: Date }>(
    tx,
    Prisma.sql`
      UPDATE sessions SET proved_at = greatest(now(), ${provedAt}::timestamptz + interval '1 ms'), bound_at = coalesce(bound_at, now())
       WHERE handle = ${handle}::uuid AND proof_key IS NOT NULL AND proved_at = ${provedAt}::timestamptz
      RETURNING token_hash AS "tokenHash", proved_at AS "provedAt"`,
  );
  return proved?.provedAt ?? null;
}

/** Forgets the key of a session's browser. */
export async function unbind(tx: Statements, handle: string): Promise<void> {
  await change(
    tx,
    Prisma.sql`
      UPDATE sessions SET proof_key = NULL, bound_at = NULL, proved_at = NULL, proof_seen_at = NULL
       WHERE handle = ${handle}::uuid RETURNING token_hash AS "tokenHash"`,
  );
}

/** Names one of the user's own sessions; null removes the name. Returns whether there is such a session. */
export async function rename(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  const renamed = await change(
    db(),
    Prisma.sql`
      UPDATE sessions SET name = ${name} WHERE user_id = ${userId}::uuid AND handle = ${handle}::uuid
      RETURNING token_hash AS "tokenHash"`,
  );
  return renamed > 0;
}

/** Records that the user of a session proved who they are just now, which counts as recent for `CONFIRM_LIFETIME`. */
export async function confirm(tx: Statements, handle: string, proof: readonly Amr[] = ["pwd"]): Promise<void> {
  await inTransaction(tx, async (tx) => {
    const [before] = await tx.$queryRaw<
      { amr: Amr[] }[]
    >`SELECT amr FROM sessions WHERE handle = ${handle}::uuid FOR UPDATE`;
    const amr = combined(...(before?.amr ?? []), ...proof);
    await change(
      tx,
      Prisma.sql`
        UPDATE sessions SET confirmed_at = now(), confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000}),
                            amr = ${amr}::text[], level = ${levelOf(amr)}
         WHERE handle = ${handle}::uuid RETURNING token_hash AS "tokenHash"`,
    );
  });
}

/** Extends a confirmation from now if it still counts. Returns whether it does. */
export async function extendConfirmation(handle: string): Promise<boolean> {
  const extended = await change(
    db(),
    Prisma.sql`
      UPDATE sessions SET confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
       WHERE handle = ${handle}::uuid AND confirmed_until > now() RETURNING token_hash AS "tokenHash"`,
  );
  return extended > 0;
}

/** Ends a session's confirmation and notifies the user's open pages. */
export async function dropConfirmation(handle: string): Promise<void> {
  await change(
    db(),
    Prisma.sql`
      WITH dropped AS (UPDATE sessions SET confirmed_until = now() WHERE handle = ${handle}::uuid RETURNING user_id, token_hash)
      SELECT token_hash AS "tokenHash",
             pg_notify(${CHANNEL}, json_build_object('user', user_id, 'ended', json_build_array())::text)::text
        FROM dropped`,
  );
}

/**
 * Records that a session was used just now.
 *
 * Updates only the row of an active session: it neither restores a session that
 * has ended meanwhile, nor extends an expired one, nor writes twice in one touch
 * interval, unless the session's cookie rotates.
 */
export async function touch(
  token: string,
  { idle, total, touch }: Lifetimes,
  ipAddress: string | null,
  { seen = null, rotated = null }: Brought = {},
): Promise<void> {
  const hash = hashToken(token);
  const rotates = Prisma.sql`(${rotated !== null} AND rotation IS NOT DISTINCT FROM ${json(rotated?.from)}::jsonb)`;
  // No wait for the disk: a crash loses at most a fraction of a second, and only of these updates.
  // Each use is later than the one before, also of two that wait for each other, and after the clock has gone back: a copy
  // in Redis drops what is not (`touch` in redis/functions.ts), and would keep a generation that is out of date.
  const [touched] = await prepared<Used & { fence: string | null }>(
    "touch_session",
    Prisma.sql`
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE sessions SET last_seen_at = greatest(now(), last_seen_at + interval '1 ms'), last_ip_address = coalesce(${ipAddress}::inet, last_ip_address),
                        proof_seen_at = coalesce(${seen}::timestamptz, proof_seen_at),
                        rotation = CASE WHEN ${rotates} THEN ${json(rotated?.to)}::jsonb ELSE rotation END
      FROM relaxed
     WHERE token_hash = ${hash}
       AND (last_seen_at <= now() - make_interval(secs => ${touch / 1000}) OR ${rotates})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})
    RETURNING last_seen_at AS "lastSeenAt", host(last_ip_address) AS "lastIpAddress", proof_seen_at AS "proofSeenAt",
              rotation, (SELECT fence FROM session_buckets WHERE bucket = get_byte(token_hash, 0)) AS fence`,
  );
  if (!isMirrored()) return;
  if (touched) await touchCopy(hash, touched);
  // The generation was read from a copy that lacks a later one, unless another request was first.
  else if (rotated) outsideOfRequests(() => renewCopy(hash));
}

/** A value as JSON, or null. */
function json(value: object | null | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}
