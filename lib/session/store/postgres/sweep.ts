import { setTimeout as pause } from "node:timers/promises";
import { type Database, db, transaction } from "@/lib/db";
import { expiry, type Kind, lifetimes, policy } from "@/lib/session/policy";
import { type Expired, endExpired } from "./end";

/** The advisory lock of sweeps, so that only one instance at a time sweeps a database. The number is arbitrary. */
const SWEEP_LOCK = 5_241_823_908;

/** Sessions per statement: few enough that requests for a locked row notice no delay. */
const BATCH = 500;

/** The pause after each batch, as a multiple of the batch's duration. It leaves the database to users' requests. */
const REST = 2;

type Position = { createdAt: Date; tokenHash: Uint8Array };

type Visited = Position & Kind & { lastSeenAt: Date; now: Date };

/**
 * Deletes expired sessions, writes a ledger line for each, and returns how many.
 * Returns early while another instance sweeps. Throws an Outage; the batches
 * before it stay committed.
 */
export async function sweep(): Promise<number> {
  let swept = 0;
  let position: Position | null = { createdAt: new Date(0), tokenHash: new Uint8Array() };

  while (position) {
    const started = performance.now();
    const batch: { ended: number; last: Position | null } = await sweepBatch(position);
    swept += batch.ended;
    position = batch.last;
    await pause(REST * (performance.now() - started));
  }
  return swept;
}

/** The number of sessions that a sweep would end. Throws an Outage. */
export async function countExpired(): Promise<number> {
  let count = 0;
  let position: Position | null = { createdAt: new Date(0), tokenHash: new Uint8Array() };
  while (position) {
    const visited: Visited[] = await visit(db(), position);
    count += visited.flatMap(judge).length;
    position = visited.length < BATCH ? null : (visited.at(-1) ?? null);
  }
  return count;
}

/**
 * Sweeps the next batch after a position, oldest first. `last` is null after the
 * last batch: a session younger than the shortest idle lifetime can't have expired.
 */
async function sweepBatch(after: Position): Promise<{ ended: number; last: Position | null }> {
  return transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ isMine: boolean }[]>`
      SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}::bigint) AS "isMine"`;
    if (!lock?.isMine) return { ended: 0, last: null };

    const visited = await visit(tx, after);
    const ended = await endExpired(tx, visited.flatMap(judge));
    const last = visited.at(-1) ?? null;
    return { ended, last: visited.length < BATCH ? null : last };
  });
}

/** The next sessions after a position that are old enough to have expired, with the database's time. */
async function visit(tx: Database, after: Position): Promise<Visited[]> {
  const shortest = Math.min(...Object.values(policy()).map(({ idle }) => idle)) / 1000;

  return tx.$queryRaw<Visited[]>`
    SELECT s.created_at AS "createdAt", s.token_hash AS "tokenHash", s.last_seen_at AS "lastSeenAt",
           s.public_computer AS "publicComputer", s.demonstration, u.role::text, now() AS now
      FROM (SELECT * FROM sessions
             WHERE (created_at, token_hash) > (${after.createdAt}, ${after.tokenHash}) AND created_at >= ${after.createdAt}
               AND created_at <= now() - make_interval(secs => ${shortest})
             ORDER BY created_at, token_hash LIMIT ${BATCH}) AS s
      JOIN users u ON u.id = s.user_id
     ORDER BY s.created_at, s.token_hash`;
}

/** The session if it has expired, otherwise nothing. */
function judge(session: Visited): Expired[] {
  return expiry(session, lifetimes(session), session.now) ? [session] : [];
}
