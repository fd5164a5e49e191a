import { type Database, db, isOutage, transaction } from "@/lib/db";
import type { Locale } from "@/lib/i18n/locale";
import { sessionStore } from "@/lib/session/store";
import { normaliseEmail } from "@/lib/text/email";
import type { Role } from "@/prisma/client/client";

export type { Role };

/** The account with this email, with the columns that a log-in needs, or null. Throws an Outage. */
export async function findUserByEmail(email: string, tx: Database = db()) {
  return tx.user.findUnique({
    where: { email: normaliseEmail(email) },
    select: { id: true, role: true, passwordHash: true, disabledAt: true, locale: true, timeZone: true },
  });
}

/** The account with this id, or null. Throws an Outage. */
export async function findUser(id: string, tx: Database = db()) {
  return tx.user.findUnique({
    where: { id },
    select: {
      ...{ id: true, email: true, name: true, role: true, passwordHash: true, disabledAt: true },
      ...{ locale: true, timeZone: true, hasSecondFactor: true, factorVersion: true, pendingEmail: true },
    },
  });
}

/** Everything that is stored in the row of an account except the password, or null. Throws an Outage. */
export async function findWholeUser(id: string) {
  return db().user.findUnique({
    where: { id },
    select: {
      ...{
        id: true,
        email: true,
        name: true,
        role: true,
        locale: true,
        timeZone: true,
        hasSecondFactor: true,
        createdAt: true,
        disabledAt: true,
      },
      ...{ pendingEmail: true, pendingUntil: true, seenLine: true, answeredLines: true },
    },
  });
}

/** Creates an account. Throws if there is already one with this email (see `isTaken`). */
export async function createUser(
  user: { email: string; name: string; passwordHash: string; role: Role; locale?: Locale | null },
  tx: Database = db(),
) {
  return tx.user.create({ data: { ...user, email: normaliseEmail(user.email) }, select: { id: true, email: true } });
}

/** Whether the error means that there is already an account with this email (Prisma's P2002). */
export function isTaken(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "P2002";
}

/** Stores the language that a user chose; null removes it. Returns false in an outage. */
export async function setLocale(id: string, locale: Locale | null): Promise<boolean> {
  return storePreference(id, { locale });
}

/** Stores the time zone that a user chose (IANA); null removes it. Returns false in an outage. */
export async function setTimeZone(id: string, timeZone: string | null): Promise<boolean> {
  return storePreference(id, { timeZone });
}

/** Stores what a user chose for pages. Returns false in an outage, which must not fail the request. */
async function storePreference(
  id: string,
  data: { locale: Locale | null } | { timeZone: string | null },
): Promise<boolean> {
  try {
    return await transaction(async (tx) => {
      const { count } = await tx.user.updateMany({ where: { id }, data });
      await sessionStore().changed(tx, id);
      return count > 0;
    });
  } catch (error) {
    if (isOutage(error)) return false;
    throw error;
  }
}

/** Replaces the password hash `from`. Changes nothing if it has been replaced meanwhile. Returns whether it did. */
export async function replacePasswordHash(
  tx: Database,
  id: string,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  const { count } = await tx.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } });
  return count > 0;
}

/**
 * Whether this user is the only active administrator. Locks the user and all active
 * administrators in the order of their ids, as everything that locks users does.
 */
export async function isLastAdministrator(tx: Database, userId: string): Promise<boolean> {
  const locked = await tx.$queryRaw<{ id: string; isAdministrator: boolean }[]>`
    SELECT id, role = 'admin' AND disabled_at IS NULL AS "isAdministrator" FROM users
     WHERE (role = 'admin' AND disabled_at IS NULL) OR id = ${userId}::uuid ORDER BY id FOR UPDATE`;
  const administrators = locked.filter(({ isAdministrator }) => isAdministrator);
  return administrators.length === 1 && administrators[0]?.id === userId;
}
