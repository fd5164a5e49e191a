import { db, transaction } from "@/lib/db";
import { record, type Whence } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import type { User } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { findUser, findUserByEmail, replacePasswordHash } from "@/lib/users/store";
import { attempt, type Hindrance } from "./attempt";
import type { Credentials } from "./credentials";
import { isKnownBrowser } from "./known-browser";
import { hashPassword, needsRehash, verifyPassword } from "./password";
import { networkOf, type Subject } from "./throttle";

export type Authentication =
  | {
      state: "authenticated";
      user: Pick<User, "id" | "role"> & { email: string };
      /** The hash that the password matched. By the time a session starts there may be another. */
      passwordHash: string;
      /** Whether this account has logged in before in this browser. */
      isKnown: boolean;
      /** Failures in a row before this, at the account or else in the browser. */
      failures: number;
    }
  | { state: "refused" }
  | Hindrance;

/** From where somebody tries, with the number by which the browser is known again, if it has one. */
export type Source = Whence & { device: string | null };

/**
 * Whose email and password these are. Throws an Outage.
 *
 * `refused` is one answer, at one cost, for an unknown email, a wrong password
 * and a disabled account, so that nobody learns who has an account (ASVS 6.3.8).
 */
export async function authenticate({ email, password }: Credentials, source: Source): Promise<Authentication> {
  const isKnown = source.device !== null && (await isKnownBrowser(source.device, email));

  return attempt<Authentication>(subjectsOf(email, source, isKnown), async ({ failures, isLast }) => {
    const user = await findUserByEmail(email);
    const matches = await verifyPassword(password, user?.passwordHash ?? null);
    if (!user || !matches || user.disabledAt) {
      await recordFailure({ userId: user?.id ?? null, email, isStopped: isLast && !isKnown, source });
      return { state: "refused" };
    }

    const passwordHash = await renewHash(user, password);
    return { state: "authenticated", user: { id: user.id, role: user.role, email }, passwordHash, isKnown, failures };
  });
}

/** Renews a hash that was made at a lower cost. Returns the one that the account has then, as far as this knows. */
async function renewHash(
  { id, passwordHash }: { id: string; passwordHash: string },
  password: string,
): Promise<string> {
  if (!needsRehash(passwordHash)) return passwordHash;

  const renewed = await hashPassword(password);
  if (await replacePasswordHash(db(), id, { from: passwordHash, to: renewed })) return renewed;
  // Another log-in was quicker, or the password was changed; which one, the new hash tells.
  const { passwordHash: current } = (await findUser(id)) ?? { passwordHash };
  return (await verifyPassword(password, current)) ? current : passwordHash;
}

/** What a guess counts against: the browser's own allowance, or else what all strangers share. */
export function subjectsOf(email: string, { device, ipAddress }: Source, isKnown: boolean): [Subject, ...Subject[]] {
  if (isKnown) return [browserSubject(email, device ?? "")];
  return [accountSubject(email), ["address", networkOf(ipAddress)], ["application", "all"]];
}

/** The account with this email, as strangers guess at it. */
export function accountSubject(email: string): Subject {
  return ["account", email];
}

/** The account with this email, in a browser that it has logged in with. */
export function browserSubject(email: string, device: string): Subject {
  return ["browser", `${email}:${Buffer.from(hashToken(device)).toString("base64url")}`];
}

type Failure = { userId: string | null; email: string; isStopped: boolean; source: Source };

async function recordFailure({ userId, email, isStopped, source }: Failure): Promise<void> {
  const { userAgent, ipAddress } = source;
  const whence = { userAgent, ipAddress };
  const line = { userId, byUserId: null, ...whence };
  if (!isStopped) return record(db(), { event: "authn_login_fail", ...line });

  await transaction(async (tx) => {
    await record(tx, { event: "authn_login_fail_max", ...line });
    if (!userId) return;
    const at = new Date().toISOString();
    await enqueue(tx, email, { kind: "incident", details: { about: "stopped", userId, at, handle: null, ...whence } });
  });
}
