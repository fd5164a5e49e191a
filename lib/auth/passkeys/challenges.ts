import { deleteRows } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { MINUTE } from "@/lib/env";
import { hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

// Random numbers for passkeys to sign. Each is worth something once, for five minutes, for one purpose, and only where
// it was asked for: in one session, or in one browser. So a recorded response is worthless.

/** How long a challenge is valid, in milliseconds. */
export const CHALLENGE_LIFETIME = 5 * MINUTE;

/** What a signature is for. One for another purpose is refused. */
export type Purpose = "register" | "log-in" | "second-step" | "confirm";

/** Where a challenge is valid: in a session, or in the browser that holds a secret. */
export type Holder = { session: string } | { browser: string };

/** What a challenge was made for. `userId` is null where the response names the user: at a log-in. */
export type Bond = { purpose: Purpose; userId: string | null; holder: Holder };

/** Creates a challenge, as 43 characters of base64url. Only its hash is stored. Throws an Outage. */
export async function createChallenge({ purpose, userId, holder }: Bond): Promise<string> {
  const challenge = newToken();
  const { session, browser } = columnsOf(holder);
  await db().$executeRaw`
    INSERT INTO challenges (hash, purpose, user_id, session_handle, browser_hash, expires_at)
    VALUES (${hashToken(challenge)}, ${purpose}, ${userId}::uuid, ${session}::uuid, ${browser},
            now() + make_interval(secs => ${CHALLENGE_LIFETIME / 1000}))`;
  return challenge;
}

/**
 * Spends a challenge. Returns false if it was not made for this, has expired, or is spent already: of two callers at
 * once, one gets true. A caller with another bond does not spend it. Throws an Outage.
 */
export async function spendChallenge(challenge: string, { purpose, userId, holder }: Bond): Promise<boolean> {
  const { session, browser } = columnsOf(holder);
  const spent = await db().$executeRaw`
    DELETE FROM challenges
     WHERE hash = ${hashToken(challenge)} AND purpose = ${purpose} AND expires_at > now()
       AND user_id IS NOT DISTINCT FROM ${userId}::uuid
       AND session_handle IS NOT DISTINCT FROM ${session}::uuid
       AND browser_hash IS NOT DISTINCT FROM ${browser}::bytea`;
  return spent === 1;
}

function columnsOf(holder: Holder) {
  return "session" in holder
    ? { session: holder.session, browser: null }
    : { session: null, browser: hashToken(holder.browser) };
}

/** Deletes expired challenges. Returns how many. */
export async function sweepChallenges(): Promise<number> {
  return deleteRows(Prisma.sql`challenges`, Prisma.sql`expires_at <= now()`);
}

/** The number of challenges that a sweep would delete, counted up to `COUNTED`. */
export async function countOldChallenges(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM challenges WHERE expires_at <= now()`);
}
