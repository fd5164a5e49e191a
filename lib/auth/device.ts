import { COUNTED } from "@/lib/capped-count";
import { type Database, db } from "@/lib/db";
import { DAY } from "@/lib/env";
import { hashToken } from "@/lib/session/token";

// A known browser has a random id in a cookie of its own (OWASP: "device cookies"). The id
// proves only that an account has logged in there before: guesses from unknown browsers
// do not use up its owner's attempts there.

/** How long a browser stays known after its last log-in, in milliseconds. Longer than its cookie lasts. */
const FORGOTTEN_AFTER = 400 * DAY;

/** Whether the account with this email has logged in in the browser with this id before. Throws an Outage. */
export async function isKnownBrowser(device: string, email: string): Promise<boolean> {
  const found = await db().knownBrowser.findFirst({
    where: { deviceHash: hashToken(device), user: { email } },
    select: { userId: true },
  });
  return found !== null;
}

/** Records that a user logs in in the browser with this id. */
export async function rememberBrowser(tx: Database, userId: string, device: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO known_browsers (user_id, device_hash) VALUES (${userId}::uuid, ${hashToken(device)})
    ON CONFLICT (user_id, device_hash) DO UPDATE SET last_login_at = now()`;
}

/** Forgets a user's known browsers, because one may be a thief's. Keeps the one with the id `except`, if given. */
export async function forgetBrowsers(
  tx: Database,
  userId: string,
  { except }: { except: string | null },
): Promise<void> {
  await tx.knownBrowser.deleteMany({
    where: { userId, ...(except && { deviceHash: { not: hashToken(except) } }) },
  });
}

/** The browsers in which a user has logged in, by their last log-in, the newest first. Throws an Outage. */
export async function listKnownBrowsers(userId: string): Promise<{ lastLoginAt: Date }[]> {
  return db().knownBrowser.findMany({
    where: { userId },
    select: { lastLoginAt: true },
    orderBy: { lastLoginAt: "desc" },
  });
}

/** Deletes the known browsers whose cookies have expired. Returns how many. */
export async function sweepKnownBrowsers(): Promise<number> {
  return (await db().knownBrowser.deleteMany({ where: forgotten() })).count;
}

/** The number of browsers that a sweep would delete, counted up to `COUNTED`. */
export async function countOldBrowsers(): Promise<number> {
  return db().knownBrowser.count({ where: forgotten(), take: COUNTED + 1 });
}

function forgotten() {
  return { lastLoginAt: { lt: new Date(Date.now() - FORGOTTEN_AFTER) } };
}
