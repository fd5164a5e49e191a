import { db, transaction } from "@/lib/db";
import type { Credentials } from "@/lib/forms/credentials";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { hashPassword, needsRehash, verifyPassword } from "@/lib/password/hash";
import { hashToken } from "@/lib/session/token";
import { normaliseEmail } from "@/lib/text/email";
import { networkOf } from "@/lib/throttle/network";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { keyOf, type Subject } from "@/lib/throttle/rule";
import { findUser, replacePasswordHash } from "@/lib/users/store";
import { Prisma, type Role } from "@/prisma/client/client";

export type Authentication =
  | {
      state: "authenticated";
      user: { id: string; role: Role; email: string };
      /** The hash that the password matched. The account may have another one by the time a session starts. */
      passwordHash: string;
      /** How often the account's factors had changed before one of them was checked; null if none was. */
      factorVersion: number | null;
      /** Whether the account had a second factor when the log-in began: then it may need a second step. */
      hasFactor: boolean;
      /** Whether this account has logged in in this browser before. */
      isKnown: boolean;
      /** Earlier failures in a row: in this browser if it is known, otherwise at the account. */
      failures: number;
      /** Earlier failures in a row from unknown browsers. */
      strangers: number;
    }
  | { state: "refused" }
  | TryLater;

/** The client of an attempt, with the id by which its browser is recognised, if it has one. */
export type Source = Client & { device: string | null };

/**
 * Checks an email and a password. Throws an Outage.
 *
 * An unknown email, a wrong password and a disabled account all give `refused`, at
 * the same cost, so that nobody can find out who has an account (ASVS 6.3.8).
 */
export async function authenticate({ email, password }: Credentials, source: Source): Promise<Authentication> {
  const { account, isKnown, strangers } = await findAccount(email, source);

  const outcome = await rateLimited(subjectsOf(email, source, isKnown), async ({ failures, isLast }) => {
    const lane = isKnown ? "known" : "strangers";
    const matches = await verifyPassword(password, account?.passwordHash ?? null, lane);
    if (!account || !matches || account.disabledAt)
      return { state: "refused" as const, userId: account?.id ?? null, isStopped: isLast && !isKnown };

    const { id, role, hasFactor } = account;
    const passwordHash = await renewHash(account, password);
    const before = { isKnown, failures, strangers: isKnown ? strangers : failures };
    const its = { user: { id, role, email }, passwordHash, factorVersion: null, hasFactor };
    return { state: "authenticated" as const, ...its, ...before };
  });
  if (outcome.state !== "refused") return outcome;

  // The guess was checked, so it counts even if the ledger line can't be written.
  const { userId, isStopped } = outcome;
  return orTryLater(async () => {
    await recordFailure({ userId, email, isStopped, source });
    return { state: "refused" };
  });
}

type Account = { id: string; role: Role; passwordHash: string; disabledAt: Date | null; hasFactor: boolean };

/** In one statement: the account, whether it has a second factor and this browser is known to it, and the failures from unknown browsers. */
async function findAccount(
  email: string,
  { device }: Source,
): Promise<{ account: Account | null; isKnown: boolean; strangers: number }> {
  const known = device
    ? Prisma.sql`EXISTS (SELECT FROM known_browsers b WHERE b.user_id = u.id AND b.device_hash = ${hashToken(device)})`
    : Prisma.sql`false`;
  const [row] = await db().$queryRaw<(Account & { isKnown: boolean; strangers: number })[]>`
    SELECT u.id, u.role::text, u.password_hash AS "passwordHash", u.disabled_at AS "disabledAt", ${known} AS "isKnown",
           EXISTS (SELECT FROM passkeys p WHERE p.user_id = u.id)
             OR EXISTS (SELECT FROM totp WHERE totp.user_id = u.id AND totp.confirmed_at IS NOT NULL) AS "hasFactor",
           coalesce((SELECT t.failures FROM throttles t WHERE t.key = ${keyOf(accountSubject(email))}), 0) AS strangers
      FROM users u WHERE u.email = ${normaliseEmail(email)}`;
  if (!row) return { account: null, isKnown: false, strangers: 0 };

  const { isKnown, strangers, ...account } = row;
  return { account, isKnown, strangers };
}

/** Replaces a hash of a lower cost. Returns the account's hash after that, as far as this call knows. */
async function renewHash(
  { id, passwordHash }: { id: string; passwordHash: string },
  password: string,
): Promise<string> {
  if (!needsRehash(passwordHash)) return passwordHash;

  const renewed = await hashPassword(password);
  if (await replacePasswordHash(db(), id, { from: passwordHash, to: renewed })) return renewed;
  // The hash was replaced meanwhile: by another log-in if the new one matches this password, else by a password change.
  const { passwordHash: current } = (await findUser(id)) ?? { passwordHash };
  return (await verifyPassword(password, current)) ? current : passwordHash;
}

/** What a guess counts against: a known browser's own allowance, or the allowances that all unknown browsers share. */
export function subjectsOf(email: string, { device, ipAddress }: Source, isKnown: boolean): [Subject, ...Subject[]] {
  if (isKnown) return [browserSubject(email, device ?? "")];
  return [accountSubject(email), ["address", networkOf(ipAddress)], ["application", "all"]];
}

/** The account with this email, as guessed from unknown browsers. */
export function accountSubject(email: string): Subject {
  return ["account", email];
}

/** The account with this email, in one of its known browsers. */
export function browserSubject(email: string, device: string): Subject {
  return ["browser", `${email}:${Buffer.from(hashToken(device)).toString("base64url")}`];
}

type Failure = { userId: string | null; email: string; isStopped: boolean; source: Source };

async function recordFailure({ userId, email, isStopped, source }: Failure): Promise<void> {
  const { userAgent, ipAddress } = source;
  const client = { userAgent, ipAddress };
  const line = { userId, byUserId: null, ...client };
  if (!isStopped) return record(db(), { event: "authn_login_fail", ...line });

  await transaction(async (tx) => {
    await record(tx, { event: "authn_login_fail_max", ...line });
    if (!userId) return;
    const at = new Date().toISOString();
    await enqueue(tx, email, { kind: "incident", details: { about: "stopped", userId, at, handle: null, ...client } });
  });
}
