import { setTimeout as pause } from "node:timers/promises";
import { transaction } from "@/lib/db";
import { env, MINUTE } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";
import { policy } from "./policy";
import { endOutlived } from "./store";

/** Any number: the instances that sweep one database meet at it. */
const SWEEP_LOCK = 5_241_823_908;

/** Sessions looked at in one statement: few enough that nobody who waits for a row notices. */
const BATCH = 2000;

/** Between two batches, in milliseconds, for those who have come to use the database. */
const PAUSE = 20;

type Position = { createdAt: Date; tokenHash: Uint8Array };

/**
 * Deletes the sessions that are over by their age, each with its line in the
 * ledger, and returns how many. Returns early when another instance is at it.
 * Throws an Outage; what was done by then stays done.
 */
export async function sweep(): Promise<number> {
  let swept = 0;
  let position: Position | null = { createdAt: new Date(0), tokenHash: new Uint8Array() };

  while (position) {
    const batch: { ended: number; last: Position | null } = await sweepBatch(position);
    swept += batch.ended;
    position = batch.last;
    await pause(PAUSE);
  }
  return swept;
}

/**
 * Sweeps the next sessions after a position, oldest first. No session that is
 * younger than the shortest idle lifetime can be over, so the walk ends there.
 */
async function sweepBatch(after: Position): Promise<{ ended: number; last: Position | null }> {
  const shortest = Math.min(...Object.values(policy()).map(({ idle }) => idle)) / 1000;

  return transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<
      { mine: boolean }[]
    >`SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}::bigint) AS mine`;
    if (!lock?.mine) return { ended: 0, last: null };

    const visited = await tx.$queryRaw<Position[]>`
      SELECT created_at AS "createdAt", token_hash AS "tokenHash" FROM sessions
       WHERE (created_at, token_hash) > (${after.createdAt}, ${after.tokenHash})
         AND created_at >= ${after.createdAt} AND created_at <= now() - make_interval(secs => ${shortest})
       ORDER BY created_at, token_hash LIMIT ${BATCH}`;
    const last = visited.at(-1);
    if (!last) return { ended: 0, last: null };

    const range = Prisma.sql`(s.created_at, s.token_hash) > (${after.createdAt}, ${after.tokenHash})
                         AND (s.created_at, s.token_hash) <= (${last.createdAt}, ${last.tokenHash})`;
    return { ended: await endOutlived(tx, range), last: visited.length < BATCH ? null : last };
  });
}

/** Sweeps from time to time until it is told to stop. Many instances do not do it at the same moment. */
export function scheduleSweeps(): () => void {
  let timer: NodeJS.Timeout;
  const next = (interval: number) => {
    timer = setTimeout(async () => {
      // What is over stays over, so whatever one sweep leaves the next one finds.
      await sweep().catch((error) => console.error("The sweep did not finish:", error));
      next(env().SWEEP_INTERVAL);
    }, jittered(interval));
    timer.unref();
  };
  next(Math.min(MINUTE, env().SWEEP_INTERVAL));
  return () => clearTimeout(timer);
}

/** Half to one and a half times as long. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
