import type { Statements } from "@/lib/db";
import type { LockedUser, Session } from "@/lib/session/store/contract";
import type { TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

/**
 * Locks a user until the transaction ends: no other transaction can change the account or log
 * in to it. Also locks the user whose id is `other`, a value in SQL. Returns null when the first
 * user does not exist.
 *
 * Everything locks in one order, which prevents deadlocks: users by their ids, then sessions
 * in the order of their log-ins, then the rest.
 */
export async function lockUser(
  tx: Statements,
  id: string,
  other: Prisma.Sql = Prisma.sql`NULL`,
): Promise<LockedUser | null> {
  const locked = await tx.$queryRaw<LockedUser[]>`
    SELECT id, role::text, email, password_hash AS "passwordHash", disabled_at AS "disabledAt", has_second_factor AS "hasSecondFactor",
           factor_version AS "factorVersion"
      FROM users
     WHERE id = ${id}::uuid OR id = ${other}
     ORDER BY id FOR NO KEY UPDATE`;
  return locked.find((user) => user.id === id) ?? null;
}

export type LockedSession = Pick<
  Session,
  "handle" | "publicComputer" | "demonstration" | "lastIpAddress" | "confirmedAt" | "createdAt" | "lastSeenAt"
> & {
  tokenHash: TokenHash;
  userId: string;
  now: Date;
};

/**
 * Whether there is a session with this handle. If so, locks it, and all others of its user: the caller may end these later,
 * and not everybody who ends sessions locks the user first.
 */
export async function hold(tx: Statements, handle: string): Promise<boolean> {
  const ofUser = Prisma.sql`s.user_id = (SELECT user_id FROM sessions WHERE handle = ${handle}::uuid)`;
  return (await lockSessions(tx, ofUser)).some((session) => session.handle === handle);
}

/** Locks these sessions `s`: no other transaction can end or use them until this one ends. */
export async function lockSessions(tx: Statements, which: Prisma.Sql): Promise<LockedSession[]> {
  return tx.$queryRaw<LockedSession[]>`
    SELECT s.token_hash AS "tokenHash", s.handle, s.user_id AS "userId", s.public_computer AS "publicComputer",
           s.demonstration, host(s.last_ip_address) AS "lastIpAddress", s.confirmed_at AS "confirmedAt", s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", now() AS now
      FROM sessions s WHERE ${which} ORDER BY s.created_at, s.token_hash FOR UPDATE`;
}
