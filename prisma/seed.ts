import { randomInt } from "node:crypto";
import { db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { createUser, findUserByEmail, replacePasswordHash } from "@/lib/users/store";

const EMAIL = "demo@example.com";

/**
 * Ensures that the demo account, an administrator, exists, and returns its credentials.
 * `known` is the account's known password, which an existing account keeps. With null the
 * account gets a new, random one.
 */
export async function seed(known: string | null): Promise<{ email: string; password: string }> {
  const user = await findUserByEmail(EMAIL);
  if (user && known) return { email: EMAIL, password: known };

  const password = known ?? randomPassword();
  const passwordHash = await hashPassword(password);
  if (user) await replacePasswordHash(db(), user.id, { from: user.passwordHash, to: passwordHash });
  else await createUser({ email: EMAIL, name: "Demo", passwordHash, role: "admin" });
  return { email: EMAIL, password };
}

/** Sixteen characters that are hard to confuse, in groups of four: 79 random bits, and easy to type. */
function randomPassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const pick = () => letters[randomInt(letters.length)];
  return Array.from({ length: 4 }, () => Array.from({ length: 4 }, pick).join("")).join("-");
}
