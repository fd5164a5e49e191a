import { createHash, randomBytes } from "node:crypto";
import { type Database, db, type Statements } from "@/lib/db";

/** How many codes a set has. */
const COUNT = 10;

/** Letters and digits that people do not mistake for one another (Crockford's base 32). */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 24 letters are 120 random bits: too many to guess, so a plain hash protects them (ASVS 6.5.2: at least 112). */
const LENGTH = 24;
const GROUP = 4;

/** Replaces a user's recovery codes with a new set and returns it. Only hashes are stored. Throws an Outage. */
export async function renewRecoveryCodes(tx: Database, userId: string): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, newCode);
  await tx.recoveryCode.deleteMany({ where: { userId } });
  await tx.recoveryCode.createMany({ data: codes.map((code) => ({ userId, codeHash: hashOf(userId, code) })) });
  return codes;
}

/** Deletes a user's recovery codes. Throws an Outage. */
export async function removeRecoveryCodes(tx: Database, userId: string): Promise<void> {
  await tx.recoveryCode.deleteMany({ where: { userId } });
}

/** Whether a recovery code is right, and was not used before. Throws an Outage. */
export async function isRecoveryCode(userId: string, code: string): Promise<boolean> {
  return (await db().recoveryCode.count({ where: { userId, codeHash: hashOf(userId, code) } })) > 0;
}

/** Spends a recovery code. Returns how many are left; null if it is wrong or was used before. Throws an Outage. */
export async function spendRecoveryCode(tx: Statements, userId: string, code: string): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ before: number }[]>`
    WITH spent AS (DELETE FROM recovery_codes WHERE user_id = ${userId}::uuid AND code_hash = ${hashOf(userId, code)} RETURNING user_id)
    SELECT count(*)::int AS before FROM recovery_codes WHERE user_id IN (SELECT user_id FROM spent)`;
  return row?.before ? row.before - 1 : null;
}

/** Since when a user has had these recovery codes; null for none. Throws an Outage. */
export async function recoveryCodesSince(userId: string): Promise<Date | null> {
  const first = await db().recoveryCode.findFirst({ where: { userId }, select: { createdAt: true } });
  return first?.createdAt ?? null;
}

/** The recovery codes that a user has left, without the codes. Throws an Outage. */
export async function listRecoveryCodes(userId: string): Promise<{ createdAt: Date }[]> {
  return db().recoveryCode.findMany({ where: { userId }, select: { createdAt: true } });
}

/** A typed text as a recovery code, in one spelling; null if it cannot be one. */
export function parseRecoveryCode(text: string): string | null {
  const letters = text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, "")
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  return letters.length === LENGTH && [...letters].every((letter) => LETTERS.includes(letter)) ? letters : null;
}

function newCode(): string {
  // 256 is a multiple of 32, so every letter is equally likely.
  const letters = [...randomBytes(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]);
  const groups = Array.from({ length: LENGTH / GROUP }, (_, index) =>
    letters.slice(index * GROUP, (index + 1) * GROUP).join(""),
  );
  return groups.join("-");
}

function hashOf(userId: string, code: string): Buffer<ArrayBuffer> {
  return createHash("sha256")
    .update(`${userId} ${parseRecoveryCode(code) ?? ""}`)
    .digest();
}
