import { setTimeout as pause } from "node:timers/promises";
import { type Database, db, transaction } from "@/lib/db";
import { type Env, env } from "@/lib/env";
import { sessionStore } from "@/lib/session/store";
import type { AtLimit, NewSession } from "@/lib/session/store/contract";
import { ofUser, withHandles, withToken } from "@/lib/session/store/memory/rows";
import { call } from "@/lib/session/store/redis/client";
import { bucketOf, fieldOf } from "@/lib/session/store/redis/text";
import { hashToken, type TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

/** Starts a session without a log-in, in its own transaction. Returns its token. */
export async function createSession(user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<string> {
  return (await transaction((tx) => sessionStore().create(tx, user, session, atLimit))).token;
}

/** One session, or all of a user's. */
type Which = { token: string } | { handle: string } | { userId: string };

/**
 * How long ago, in milliseconds, sessions were created and last used, their confirmation lapsed, and their cookies last
 * rotated; and from which address they logged in. What is omitted stays the same.
 */
type Age = { created?: number; seen?: number; lapsed?: number; rotated?: number; address?: string };

/** Makes sessions older, by the clock of their store. */
export type Aging = (which: Which, age: Age) => Promise<void>;

/** How to make the sessions of each store older. No store can do it by itself. */
export const AGING: Record<Env["SESSION_STORE"], Aging> = {
  postgres: ageInPostgres,
  redis: ageInRedis,
  memory: ageInMemory,
};

/** Makes sessions older, in the store that `SESSION_STORE` names. */
export const ageSessions: Aging = (which, age) => AGING[env().SESSION_STORE](which, age);

/**
 * Lets time pass for a session in Postgres: everything that has a date there becomes older. Returns when its browser last
 * signed, and since when it is bound.
 */
export async function letPass(
  handle: string,
  milliseconds: number,
): Promise<{ provedAt: Date | null; boundAt: Date | null }> {
  const age = Prisma.sql`make_interval(secs => ${milliseconds / 1000}::float8)`;
  const [row] = await db().$queryRaw<{ provedAt: Date | null; boundAt: Date | null }[]>`
    UPDATE sessions
       SET created_at = created_at - ${age}, last_seen_at = last_seen_at - ${age},
           confirmed_at = confirmed_at - ${age}, confirmed_until = confirmed_until - ${age},
           proved_at = proved_at - ${age}, proof_seen_at = proof_seen_at - ${age}, bound_at = bound_at - ${age},
           rotation = jsonb_set(rotation, '{since}', to_jsonb((rotation->>'since')::bigint - ${milliseconds}::bigint))
     WHERE handle = ${handle}::uuid RETURNING proved_at AS "provedAt", bound_at AS "boundAt"`;
  return row ?? { provedAt: null, boundAt: null };
}

async function ageInPostgres(
  which: Which,
  { created, seen, lapsed, rotated, address }: Age,
  tx: Database = db(),
): Promise<void> {
  const ago = (milliseconds: number | undefined) =>
    Prisma.sql`now() - make_interval(secs => ${milliseconds === undefined ? null : milliseconds / 1000}::float8)`;
  await tx.$executeRaw`
    UPDATE sessions SET created_at = coalesce(${ago(created)}, created_at),
                        last_seen_at = coalesce(${ago(seen)}, last_seen_at),
                        confirmed_until = coalesce(${ago(lapsed)}, confirmed_until),
                        confirmed_at = CASE WHEN rotation IS NULL THEN coalesce(${ago(rotated)}, confirmed_at) ELSE confirmed_at END,
                        rotation = jsonb_set(rotation, '{since}', coalesce(to_jsonb(round(extract(epoch FROM ${ago(rotated)}) * 1000)), rotation->'since')),
                        ip_address = coalesce(${address ?? null}::inet, ip_address)
     WHERE ${isMeant(which)}`;
}

async function ageInRedis(which: Which, age: Age): Promise<void> {
  const hashes = await transaction(async (tx) => {
    const sessions = await tx.$queryRaw<{ userId: string; tokenHash: TokenHash }[]>`
      SELECT user_id AS "userId", token_hash AS "tokenHash" FROM sessions WHERE ${isMeant(which)}`;
    await ageInPostgres(which, age, tx);
    if (sessions[0]) await sessionStore().changed(tx, sessions[0].userId);
    return sessions.map(({ tokenHash }) => tokenHash);
  });
  await Promise.all(hashes.map(untilWritten));
}

/** Waits until Redis has a session as it is now. A text that is still on its way would replace what the test writes next. */
async function untilWritten(hash: TokenHash): Promise<void> {
  const bucket = bucketOf(hash);
  const copy = await db().sessionBucket.findUnique({ where: { bucket }, select: { fence: true } });
  const isOnItsWay = async () => {
    const [text] = copy?.fence ? await call<(string | null)[]>("find", bucket, [copy.fence, fieldOf(hash)]) : [];
    return text?.startsWith("?");
  };
  for (let tries = 0; tries < 200 && (await isOnItsWay()); tries++) await pause(10);
}

function isMeant(which: Which): Prisma.Sql {
  if ("token" in which) return Prisma.sql`token_hash = ${hashToken(which.token)}`;
  if ("handle" in which) return Prisma.sql`handle = ${which.handle}::uuid`;
  return Prisma.sql`user_id = ${which.userId}::uuid`;
}

async function ageInMemory(which: Which, { created, seen, lapsed, rotated, address }: Age): Promise<void> {
  const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);
  for (const entry of entriesOf(which))
    if (entry.row) {
      const { rotation } = entry.row;
      const since = rotated === undefined ? null : ago(rotated);
      entry.row = {
        ...entry.row,
        ...(since && !rotation && { confirmedAt: since }),
        ...(since && rotation && { rotation: { ...rotation, since: since.getTime() } }),
        ...(created !== undefined && { createdAt: ago(created) }),
        ...(seen !== undefined && { lastSeenAt: ago(seen) }),
        ...(lapsed !== undefined && { confirmedUntil: ago(lapsed) }),
        ...(address && { ipAddress: address }),
      };
    }
}

function entriesOf(which: Which) {
  if ("token" in which) return [withToken(which.token)].filter((entry) => entry !== null);
  return "handle" in which ? withHandles([which.handle]) : ofUser(which.userId);
}
