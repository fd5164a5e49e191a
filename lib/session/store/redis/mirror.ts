import { randomBytes } from "node:crypto";
import { inTransaction, isOutage, Outage, onceCommitted, type Statements, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import { outsideOfRequests } from "@/lib/request-context";
import { findRows } from "@/lib/session/store/postgres/find";
import { lockSessions } from "@/lib/session/store/postgres/lock";
import type { TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { call, callUnlessAway } from "./client";
import { copySoon } from "./copy";
import { bucketOf, fieldOf, textOf, textsOfUse, type Used } from "./text";

// Tells Redis of changes in Postgres, before they are committed: from then on Redis has nothing to
// say about these sessions, and look-ups read their rows. After the commit it gets the new texts.

/** Whether Redis gets the changes. Without `REDIS_URL`, nothing here does anything. */
export function isMirrored(): boolean {
  return env().REDIS_URL !== undefined;
}

/** Runs `work` in `tx`, or in a transaction of its own if `tx` is not one and Redis gets the changes. */
export function inTransactionIfMirrored<T>(tx: Statements, work: (tx: Statements) => Promise<T>): Promise<T> {
  return isMirrored() ? inTransaction(tx, work) : work(tx);
}

type Held = { bucket: number; fence: string; hashes: TokenHash[] };

/**
 * Holds the buckets of these sessions until the transaction ends: none of them is copied meanwhile.
 * Returns those that have a copy, with the fence of the only one that may answer.
 */
async function hold(tx: Statements, hashes: TokenHash[]): Promise<Held[]> {
  const buckets = [...new Set(hashes.map(bucketOf))].sort((a, b) => a - b);
  const rows = await tx.$queryRaw<{ bucket: number; fence: string }[]>`
    SELECT bucket, fence FROM hold_session_buckets(${buckets}::int[])`;
  return rows.flatMap(({ bucket, fence }) => {
    const those = hashes.filter((hash) => bucketOf(hash) === bucket);
    return fence ? [{ bucket, fence, hashes: those }] : [];
  });
}

/** Announces to the triggers of Postgres that `bury` follows the next statement. */
export async function willBury(tx: Statements): Promise<void> {
  await tx.$queryRaw`SELECT set_config('latchkey.ending', 'yes', true)`;
}

/**
 * Removes sessions that end in this transaction. Their only copies that may answer are gone before it commits.
 * Throws an Outage if that is not certain: the transaction must then fail.
 */
export async function bury(tx: Statements, hashes: TokenHash[]): Promise<void> {
  if (!isMirrored()) return;
  const those = await hold(tx, hashes);
  await Promise.all(
    those.map(async ({ bucket, fence, hashes }) => {
      const outcome = await call("bury", bucket, [fence, ...hashes.map(fieldOf)]);
      if (outcome !== "buried") throw hasMoved(bucket);
    }),
  );
  metrics().redisBuried.inc(hashes.length);
}

/**
 * Makes Redis say nothing about sessions whose rows this transaction changes, and gives it their new
 * texts after the commit. Lock these rows before. Throws an Outage if that is not certain.
 */
export async function claim(tx: Statements, hashes: TokenHash[]): Promise<void> {
  if (isMirrored() && hashes.length > 0) await claimHeld(tx, await hold(tx, hashes), call);
}

/** Claims the place of a session that starts. If Redis does not answer, only its look-ups are slower. */
export async function claimNew(tx: Statements, hash: TokenHash): Promise<void> {
  if (!isMirrored()) return;
  const those = await hold(tx, [hash]);
  try {
    await claimHeld(tx, those, (name, bucket, args) => callUnlessAway(name, [bucket], args));
  } catch (error) {
    if (!isOutage(error)) throw error;
  }
}

async function claimHeld(tx: Statements, those: Held[], ask: typeof call): Promise<void> {
  const change = randomBytes(9).toString("base64url");
  await Promise.all(
    those.map(async ({ bucket, fence, hashes }) => {
      const outcome = await ask("claim", bucket, [fence, change, ...hashes.map(fieldOf)]);
      if (outcome === "other") throw hasMoved(bucket);
    }),
  );
  if (those.length > 0) onceCommitted(tx, () => outsideOfRequests(() => put(those, change)));
}

/** Another process of Redis has taken over. Once it has a copy, the caller can try again. */
function hasMoved(bucket: number): Outage {
  copySoon(bucket);
  return new Outage("Redis has moved");
}

/** Gives Redis the texts of claimed sessions as they are in Postgres now. Whatever changes them later has claimed them, too. */
async function put(those: Held[], change: string): Promise<void> {
  try {
    const rows = await findRows(those.flatMap(({ hashes }) => hashes));
    const texts = new Map(rows.flatMap((row) => (row ? [[fieldOf(row.tokenHash), textOf(row)]] : [])));
    await Promise.all(
      those.flatMap(({ bucket, fence, hashes }) =>
        hashes.map(fieldOf).map(async (field) => {
          const text = texts.get(field);
          if (text) await call("put", bucket, [fence, change, field, text]);
        }),
      ),
    );
  } catch (error) {
    if (!isOutage(error)) log().error({ err: error }, "Sessions could not be written to Redis");
  }
}

/** A user changed, whose row this transaction has locked: see SessionStore. */
export async function changed(tx: Statements, userId: string): Promise<void> {
  if (!isMirrored()) return;
  const rows = await lockSessions(tx, Prisma.sql`s.user_id = ${userId}::uuid`);
  await claim(
    tx,
    rows.map(({ tokenHash }) => tokenHash),
  );
}

export type { Used };

/** Records the use of a session in its copy, if that has this fence. A session that Redis lacks is given to it. */
export async function touchCopy(hash: TokenHash, { fence, ...used }: Used & { fence: string | null }): Promise<void> {
  if (!fence) return;
  try {
    const outcome = await callUnlessAway("touch", [bucketOf(hash)], [fence, fieldOf(hash), ...textsOfUse(used)]);
    if (outcome === "none" || outcome === "claimed") outsideOfRequests(() => renewCopy(hash));
  } catch (error) {
    if (!isOutage(error)) throw error;
  }
}

/** Gives Redis a session that it lacks, or has as it was before: it was away when the session started or changed. */
export async function renewCopy(hash: TokenHash): Promise<void> {
  try {
    await transaction(async (tx) => {
      const rows = await lockSessions(tx, Prisma.sql`s.token_hash = ${hash}`);
      await claim(
        tx,
        rows.map(({ tokenHash }) => tokenHash),
      );
    });
    metrics().redisRestored.inc();
  } catch (error) {
    if (!isOutage(error)) log().error({ err: error }, "A session could not be written to Redis");
  }
}
