import { normaliseEmail } from "@/lib/auth/credentials";
import { db } from "@/lib/db";
import type { Role } from "@/prisma/client/client";

/** What logging in needs to know of an account, or null when there is none. Throws an Outage. */
export async function findUserByEmail(email: string) {
  return db().user.findUnique({
    where: { email: normaliseEmail(email) },
    select: { id: true, role: true, passwordHash: true, disabledAt: true },
  });
}

/** Makes an account. Throws when there is one with this email already. */
export async function createUser(user: { email: string; name: string; passwordHash: string; role: Role }) {
  return db().user.create({ data: { ...user, email: normaliseEmail(user.email) }, select: { id: true, email: true } });
}

/** Stores another hash of a password in the place of `from`; if that has been replaced meanwhile, it changes nothing. */
export async function replacePasswordHash(id: string, { from, to }: { from: string; to: string }): Promise<void> {
  await db().user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } });
}
