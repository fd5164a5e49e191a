import { COUNTED } from "@/lib/capped-count";
import { type Database, db } from "@/lib/db";
import { DAY } from "@/lib/env";
import { hashToken } from "@/lib/session/token";

// A browser is known by a random number in a cookie of its own (OWASP: "device
// cookies"). It proves nothing but that an account has logged in there before:
// strangers' guesses do not use up the tries that its owner has there.

/** Longer than the cookie lives, in milliseconds. */
const FORGOTTEN_AFTER = 400 * DAY;

/** Whether the account with this email has logged in before in the browser with this number. Throws an Outage. */
export async function isKnownBrowser(device: string, email: string): Promise<boolean> {
  const found = await db().knownBrowser.findFirst({
    where: { deviceHash: hashToken(device), user: { email } },
    select: { userId: true },
  });
  return found !== null;
}

/** Records that a user logs in in the browser with this number. */
export async function rememberBrowser(tx: Database, userId: string, device: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO known_browsers (user_id, device_hash) VALUES (${userId}::uuid, ${hashToken(device)})
    ON CONFLICT (user_id, device_hash) DO UPDATE SET last_login_at = now()`;
}

/** Forgets the browsers that a user has logged in with, except for the one with this number, if any: one of them may be a thief's. */
export async function forgetBrowsers(
  tx: Database,
  userId: string,
  { except }: { except: string | null },
): Promise<void> {
  await tx.knownBrowser.deleteMany({
    where: { userId, ...(except && { deviceHash: { not: hashToken(except) } }) },
  });
}

/** Deletes the browsers whose cookie has expired. Returns how many. */
export async function sweepKnownBrowsers(): Promise<number> {
  return (await db().knownBrowser.deleteMany({ where: forgotten() })).count;
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countOldBrowsers(): Promise<number> {
  return db().knownBrowser.count({ where: forgotten(), take: COUNTED + 1 });
}

function forgotten() {
  return { lastLoginAt: { lt: new Date(Date.now() - FORGOTTEN_AFTER) } };
}
