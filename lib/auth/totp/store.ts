import { deleteRows } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { type Database, db, transaction } from "@/lib/db";
import { MINUTE, SECOND } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";
import { newSecret, stepOf } from "./code";
import { newestKeyNumber, openSecret, sealSecret } from "./sealed-secret";

/** The number of wrong codes in a row after which an app's codes no longer work (NIST SP 800-63B-4 §3.2.2). */
export const MOST_WRONG = 100;

/** How long a secret that was shown can be confirmed with a code, in milliseconds. */
const SHOWN = 60 * MINUTE;

export type CodeCheck =
  | { state: "right" }
  /** `isStopped`: this was the last wrong code, and from now on no code works. */
  | { state: "wrong"; isStopped: boolean }
  /** Too many codes were wrong before. */
  | { state: "stopped" }
  /** The user has no authenticator app, or its secret can no longer be read. */
  | { state: "none" };

/**
 * Checks a code of a user's authenticator app, and uses it up: the code of one time step is right once. A guess
 * counts before it is checked, so a hundred guesses at once count as a hundred. Throws an Outage.
 */
export async function checkCode(userId: string, code: string): Promise<CodeCheck> {
  const [counted] = await db().$queryRaw<{ secret: Uint8Array; failures: number; now: Date }[]>`
    UPDATE totp SET failures = failures + 1
     WHERE user_id = ${userId}::uuid AND confirmed_at IS NOT NULL AND failures < ${MOST_WRONG}
    RETURNING secret, failures, now() AS now`;
  if (!counted) return { state: (await hasApp(userId)) ? "stopped" : "none" };

  const secret = openSecret(counted.secret, userId);
  const step = secret && stepOf(secret, code, counted.now);
  if (step && (await takeStep(userId, step))) return { state: "right" };
  return { state: "wrong", isStopped: counted.failures === MOST_WRONG };
}

/** Of two callers with the code of one step, one gets false. */
async function takeStep(userId: string, step: number): Promise<boolean> {
  const used = await db().$executeRaw`
    UPDATE totp SET last_step = ${step}, last_used_at = now(), failures = 0
     WHERE user_id = ${userId}::uuid AND last_step < ${step} AND confirmed_at IS NOT NULL`;
  return used > 0;
}

/**
 * Whether a code of a user's authenticator app is right, for something that needs no password. Uses the code up, but
 * counts no guess and forgives none, because strangers guess here, too. A locked app will do: a thief with the password
 * could have locked it. Throws an Outage.
 */
export async function checkCodeOfStranger(tx: Database, userId: string, code: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ secret: Uint8Array; now: Date }[]>`
    SELECT secret, now() AS now FROM totp WHERE user_id = ${userId}::uuid AND confirmed_at IS NOT NULL`;
  const secret = row && openSecret(row.secret, userId);
  const step = secret && stepOf(secret, code, row.now);
  if (!step) return false;
  const used = await tx.$executeRaw`
    UPDATE totp SET last_step = ${step}, last_used_at = now() WHERE user_id = ${userId}::uuid AND last_step < ${step}`;
  return used > 0;
}

async function hasApp(userId: string): Promise<boolean> {
  return (await db().totp.count({ where: { userId, confirmedAt: { not: null } } })) > 0;
}

/** A user's authenticator app as its owner may see it; null for none. Throws an Outage. */
export async function findApp(
  userId: string,
): Promise<{ confirmedAt: Date; lastUsedAt: Date | null; isStopped: boolean } | null> {
  const row = await db().totp.findUnique({
    where: { userId },
    select: { confirmedAt: true, lastUsedAt: true, failures: true },
  });
  if (!row?.confirmedAt) return null;
  return { confirmedAt: row.confirmedAt, lastUsedAt: row.lastUsedAt, isStopped: row.failures >= MOST_WRONG };
}

/**
 * The secret to show to a user who sets up an app. The same session sees the same secret for an hour, however often
 * it loads the page; another session gets another one, so nobody else has seen it. Throws an Outage.
 */
export async function secretToShow(userId: string, sessionHandle: string): Promise<string> {
  const shown = await findShown(userId, sessionHandle);
  if (shown) return shown;

  const secret = newSecret();
  const sealed = sealSecret(secret, userId);
  await db().$executeRaw`
    INSERT INTO totp AS t (user_id, new_secret, new_session, new_at)
    SELECT id, ${sealed}, ${sessionHandle}::uuid, now() FROM users WHERE id = ${userId}::uuid FOR KEY SHARE
    ON CONFLICT (user_id) DO UPDATE
       SET new_secret = excluded.new_secret, new_session = excluded.new_session, new_at = excluded.new_at
     -- If two tabs of one session came at once, both show the secret of the first.
     WHERE (t.new_session = excluded.new_session AND t.new_at > now() - make_interval(secs => ${SHOWN / SECOND})
            AND substring(t.new_secret FROM 1 FOR 4) = ${newestKeyNumber()}) IS NOT TRUE`;
  return (await findShown(userId, sessionHandle)) ?? secret;
}

async function findShown(userId: string, sessionHandle: string): Promise<string | null> {
  const [row] = await db().$queryRaw<{ newSecret: Uint8Array }[]>`
    SELECT new_secret AS "newSecret" FROM totp WHERE ${isShown(userId, sessionHandle)}`;
  return row ? openSecret(row.newSecret, userId) : null;
}

function isShown(userId: string, sessionHandle: string): Prisma.Sql {
  return Prisma.sql`user_id = ${userId}::uuid AND new_session = ${sessionHandle}::uuid
    AND new_at > now() - make_interval(secs => ${SHOWN / SECOND})`;
}

/**
 * Makes the shown secret the one of the user's app, if the code is right. That code is used up. Returns false if
 * it is wrong, or the secret was shown too long ago. Throws an Outage.
 */
export async function confirmSecret(
  tx: Database,
  { userId, sessionHandle }: { userId: string; sessionHandle: string },
  code: string,
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ newSecret: Uint8Array; now: Date }[]>`
    SELECT new_secret AS "newSecret", now() AS now FROM totp WHERE ${isShown(userId, sessionHandle)} FOR UPDATE`;
  const secret = row && openSecret(row.newSecret, userId);
  const step = secret && stepOf(secret, code, row.now);
  if (!step) return false;

  await tx.$executeRaw`
    UPDATE totp SET secret = new_secret, confirmed_at = now(), last_step = ${step}, last_used_at = now(), failures = 0,
                    new_secret = NULL, new_session = NULL, new_at = NULL
     WHERE user_id = ${userId}::uuid`;
  return true;
}

/** Removes a user's authenticator app. Returns whether there was one. Throws an Outage. */
export async function removeApp(tx: Database, userId: string): Promise<boolean> {
  const { count } = await tx.totp.deleteMany({ where: { userId, confirmedAt: { not: null } } });
  return count > 0;
}

/** The maximum number of secrets that one transaction encrypts anew. */
const BATCH = 200;

/**
 * Encrypts the secrets that an older SESSION_SECRET encrypted with the newest one. Returns how many. Those whose
 * SESSION_SECRET is gone stay as they are. Throws an Outage.
 */
export async function renewSecrets(after = "00000000-0000-0000-0000-000000000000"): Promise<number> {
  const { rows, renewed } = await transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ userId: string; secret: Uint8Array }[]>`
      SELECT user_id AS "userId", secret FROM totp WHERE ${isOld()} AND user_id > ${after}::uuid
       ORDER BY user_id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
    let renewed = 0;
    for (const { userId, secret } of rows) {
      const open = openSecret(secret, userId);
      if (open === null) continue;
      await tx.totp.update({ where: { userId }, data: { secret: sealSecret(open, userId) }, select: { userId: true } });
      renewed += 1;
    }
    return { rows, renewed };
  });
  const last = rows.length < BATCH ? undefined : rows.at(-1);
  return renewed + (last ? await renewSecrets(last.userId) : 0);
}

/** The secrets that an older SESSION_SECRET encrypts, and how many of these no SESSION_SECRET opens. Throws an Outage. */
export async function countOldSecrets(): Promise<{ old: number; lost: number }> {
  const rows = await db().$queryRaw<{ userId: string; secret: Uint8Array }[]>`
    SELECT user_id AS "userId", secret FROM totp WHERE ${isOld()} LIMIT 1000`;
  return { old: rows.length, lost: rows.filter(({ userId, secret }) => openSecret(secret, userId) === null).length };
}

function isOld(): Prisma.Sql {
  return Prisma.sql`secret IS NOT NULL AND substring(secret FROM 1 FOR 4) <> ${newestKeyNumber()}`;
}

/** Deletes the secrets that were shown, but never confirmed. Returns how many. Throws an Outage. */
export async function sweepShownSecrets(): Promise<number> {
  return deleteRows(Prisma.sql`totp`, isForgotten());
}

/** The number of secrets that a sweep would delete, counted up to `COUNTED`. Throws an Outage. */
export async function countShownSecrets(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM totp WHERE ${isForgotten()}`);
}

function isForgotten(): Prisma.Sql {
  return Prisma.sql`confirmed_at IS NULL AND (new_at > now() - make_interval(secs => ${SHOWN / SECOND})) IS NOT TRUE`;
}
