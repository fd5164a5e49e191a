import { isTrusted } from "@/lib/auth/trusted-key";
import { type Database, db } from "@/lib/db";

/** The factors of an account besides its password. */
export type Factors = {
  /** The number of passkeys. */
  passkeys: number;
  /** Whether there is an authenticator app. */
  totp: boolean;
  /** The number of recovery codes that are left. They are no factor of their own, but replace one. */
  recoveryCodes: number;
};

/** The factors of a user. Throws an Outage. */
export async function factorsOf(userId: string, tx: Database = db()): Promise<Factors> {
  const [row] = await tx.$queryRaw<Factors[]>`
    SELECT (SELECT count(*)::int FROM passkeys WHERE user_id = ${userId}::uuid) AS passkeys,
           EXISTS (SELECT FROM totp WHERE user_id = ${userId}::uuid AND confirmed_at IS NOT NULL) AS totp,
           (SELECT count(*)::int FROM recovery_codes WHERE user_id = ${userId}::uuid) AS "recoveryCodes"`;
  return row ?? { passkeys: 0, totp: false, recoveryCodes: 0 };
}

/** Whether these factors include one that a log-in asks for after the password. */
export function hasSecondFactor({ passkeys, totp }: Factors): boolean {
  return passkeys > 0 || totp;
}

/** Removes every second factor of a user, and the recovery codes. */
export async function removeFactors(tx: Database, userId: string): Promise<void> {
  await tx.totp.deleteMany({ where: { userId } });
  await tx.passkey.deleteMany({ where: { userId } });
  await tx.recoveryCode.deleteMany({ where: { userId } });
}

/** Whether a log-in with the right password needs a second step in the browser with this id: see isTrusted. Throws an Outage. */
export async function needsSecondStep(userId: string, device: string | null): Promise<boolean> {
  if (!hasSecondFactor(await factorsOf(userId))) return false;
  return !(device && (await isTrusted(userId, device)));
}
