import { deleteRows, inBatches } from "@/lib/batches";
import { COUNTED } from "@/lib/capped-count";
import { type Database, db, type Statements } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { hashToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

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
export async function rememberBrowser(tx: Statements, userId: string, device: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO known_browsers (user_id, device_hash) VALUES (${userId}::uuid, ${hashToken(device)})
    ON CONFLICT (user_id, device_hash) DO UPDATE SET last_login_at = now()`;
}

/**
 * Records that log-ins in a known browser need no second step for `TRUSTED_BROWSER_LIFETIME`. If its session becomes bound
 * to a key, so does the trust (trusted-key.ts).
 */
export async function trustBrowser(
  tx: Statements,
  userId: string,
  device: string,
  userAgent: string | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE known_browsers
       SET trusted_at = now(), trusted_until = now() + make_interval(secs => ${env().TRUSTED_BROWSER_LIFETIME / 1000}),
           user_agent = ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, trusted_key = NULL, key_proved_at = NULL
     WHERE user_id = ${userId}::uuid AND device_hash = ${hashToken(device)} AND ${env().TRUSTED_BROWSER_LIFETIME > 0}`;
}

/** What is stored of the trust in a browser, taken back. */
const DISTRUSTED = Prisma.sql`trusted_at = NULL, trusted_until = NULL, user_agent = NULL, trusted_key = NULL, key_proved_at = NULL`;

/** Makes every log-in of every user need the second step again. */
export async function distrustAllBrowsers(): Promise<void> {
  await inBatches(
    (most) => db().$executeRaw`
      UPDATE known_browsers SET ${DISTRUSTED}
       WHERE ctid = ANY(ARRAY(SELECT ctid FROM known_browsers WHERE trusted_until IS NOT NULL LIMIT ${most}))`,
  );
}

/** Makes every log-in of a user need the second step again, or only those in the browser with this handle. Returns how many browsers were trusted. */
export async function distrustBrowsers(tx: Database, userId: string, handle?: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE known_browsers SET ${DISTRUSTED}
     WHERE user_id = ${userId}::uuid AND trusted_until IS NOT NULL
       AND (${handle ?? null}::uuid IS NULL OR handle = ${handle ?? null}::uuid)`;
}

/** A browser in which log-ins need no second step. */
export type TrustedBrowser = { handle: string; userAgent: string | null; trustedAt: Date; trustedUntil: Date };

/** The browsers in which a user's log-ins need no second step, the newest first. Throws an Outage. */
export async function listTrustedBrowsers(userId: string): Promise<TrustedBrowser[]> {
  return db().$queryRaw<TrustedBrowser[]>`
    SELECT handle, user_agent AS "userAgent", trusted_at AS "trustedAt", trusted_until AS "trustedUntil"
      FROM known_browsers WHERE user_id = ${userId}::uuid AND trusted_until > now() ORDER BY trusted_at DESC`;
}

/**
 * Forgets a user's known browsers, because one may be a thief's. Keeps the one with the id `except`, if given, but
 * log-ins there need the second step again, too.
 */
export async function forgetBrowsers(
  tx: Database,
  userId: string,
  { except }: { except: string | null },
): Promise<void> {
  await tx.knownBrowser.deleteMany({
    where: { userId, ...(except && { deviceHash: { not: hashToken(except) } }) },
  });
  await distrustBrowsers(tx, userId);
}

/** The browsers in which a user has logged in, by their last log-in, the newest first. Throws an Outage. */
export async function listKnownBrowsers(userId: string) {
  return db().knownBrowser.findMany({
    where: { userId },
    select: { lastLoginAt: true, handle: true, trustedAt: true, trustedUntil: true, userAgent: true },
    orderBy: { lastLoginAt: "desc" },
  });
}

/** Deletes the known browsers whose cookies have expired. Returns how many. */
export async function sweepKnownBrowsers(): Promise<number> {
  return deleteRows(Prisma.sql`known_browsers`, Prisma.sql`last_login_at < ${forgotten().lastLoginAt.lt}`);
}

/** The number of browsers that a sweep would delete, counted up to `COUNTED`. */
export async function countOldBrowsers(): Promise<number> {
  return db().knownBrowser.count({ where: forgotten(), take: COUNTED + 1 });
}

function forgotten() {
  return { lastLoginAt: { lt: new Date(Date.now() - FORGOTTEN_AFTER) } };
}
