import { isOutage } from "@/lib/db";
import type { User } from "@/lib/session/store";
import { findUserByEmail, replacePasswordHash } from "@/lib/users/store";
import type { Credentials } from "./credentials";
import { hashPassword, needsRehash, verifyPassword } from "./password";

export type Authentication =
  | { state: "authenticated"; user: Pick<User, "id" | "role"> }
  | { state: "refused" }
  | { state: "unavailable" };

/**
 * Whose email and password these are.
 *
 * `refused` is one answer, at one cost, for an unknown email, a wrong password
 * and a disabled account, so that nobody learns who has an account (ASVS 6.3.8).
 */
export async function authenticate({ email, password }: Credentials): Promise<Authentication> {
  try {
    const user = await findUserByEmail(email);
    const matches = await verifyPassword(password, user?.passwordHash ?? null);
    if (!user || !matches || user.disabledAt) return { state: "refused" };

    if (needsRehash(user.passwordHash)) {
      await replacePasswordHash(user.id, { from: user.passwordHash, to: await hashPassword(password) });
    }
    return { state: "authenticated", user: { id: user.id, role: user.role } };
  } catch (error) {
    if (isOutage(error)) return { state: "unavailable" };
    throw error;
  }
}
