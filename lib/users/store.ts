import { type Database, db } from "@/lib/db";
import { normaliseEmail } from "@/lib/text/email";
import type { Role } from "@/prisma/client/client";

export type { Role };

/** What logging in needs to know of an account, or null when there is none. Throws an Outage. */
export async function findUserByEmail(email: string, tx: Database = db()) {
  return tx.user.findUnique({
    where: { email: normaliseEmail(email) },
    select: { id: true, role: true, passwordHash: true, disabledAt: true },
  });
}

/** The same of an account whose id is known. */
export async function findUser(id: string, tx: Database = db()) {
  return tx.user.findUnique({
    where: { id },
    select: { id: true, email: true, name: true, role: true, passwordHash: true, disabledAt: true },
  });
}

/** Makes an account. Throws when there is one with this email already. */
export async function createUser(
  user: { email: string; name: string; passwordHash: string; role: Role },
  tx: Database = db(),
) {
  return tx.user.create({ data: { ...user, email: normaliseEmail(user.email) }, select: { id: true, email: true } });
}

/** Whether what was thrown says that there is an account with this email already (Prisma's P2002). */
export function isTaken(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "P2002";
}

/** Stores another hash of a password in the place of `from`; if that has been replaced meanwhile, it changes nothing. Says whether it did. */
export async function replacePasswordHash(
  tx: Database,
  id: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { count } = await tx.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } });
  return count > 0;
}

/**
 * Whether nobody else could do what an administrator does. Locks this user with the
 * administrators, in the order of their ids, as everything does that locks users.
 */
export async function isLastAdministrator(tx: Database, userId: string): Promise<boolean> {
  const locked = await tx.$queryRaw<{ id: string; isAdministrator: boolean }[]>`
    SELECT id, role = 'admin' AND disabled_at IS NULL AS "isAdministrator" FROM users
     WHERE (role = 'admin' AND disabled_at IS NULL) OR id = ${userId}::uuid ORDER BY id FOR UPDATE`;
  const administrators = locked.filter(({ isAdministrator }) => isAdministrator);
  return administrators.length === 1 && administrators[0]?.id === userId;
}
