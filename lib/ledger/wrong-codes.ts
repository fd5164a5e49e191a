import type { Database } from "@/lib/db";

/**
 * How many wrong codes followed the right password of a user within the last hour, and whether the owner got an email
 * about them: the line of the code that caused it has a detail. Throws an Outage.
 */
export async function countWrongCodes(tx: Database, userId: string): Promise<{ count: number; isTold: boolean }> {
  const [row] = await tx.$queryRaw<{ count: number; isTold: boolean }[]>`
    SELECT count(*)::int AS count, count(detail) > 0 AS "isTold" FROM ledger
     WHERE user_id = ${userId}::uuid AND event = 'authn_login_fail' AND reason = 'code' AND at > now() - interval '1 hour'`;
  return row ?? { count: 0, isTold: false };
}
