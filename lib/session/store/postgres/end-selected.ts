import { clock, type Database, transaction } from "@/lib/db";
import type { EndReason } from "@/lib/session/ending";
import type { Ender, Selection } from "@/lib/session/store/contract";
import { Prisma } from "@/prisma/client/client";
import { endThose } from "./end";
import { isSelected } from "./search";

/** Sessions per statement when many are to be ended. */
const BATCH = 2000;

/**
 * Ends the selected sessions that exist when it begins, and returns how many. However many
 * there are, it never holds up other users. Throws an Outage: sessions that it had ended stay
 * ended, and the caller can run it again.
 */
export async function endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number> {
  if (selection.userId !== undefined || selection.handles !== undefined) {
    return transaction((tx) => endThose(tx, those(Prisma.sql`sessions`, selection, reason), by));
  }
  const until = await clock();
  // The first round skips rows that other transactions have locked. The second waits for the few that are left.
  const atOnce = await endInBatches(selection, reason, by, { until, isPatient: false });
  return atOnce + (await endInBatches(selection, reason, by, { until, isPatient: true }));
}

type Manner = { until: Date; isPatient: boolean };

type Place = { createdAt: Date; tokenHash: Uint8Array };

async function endInBatches(selection: Selection, reason: EndReason, by: Ender, manner: Manner): Promise<number> {
  let ended = 0;
  let place: Place | null = { createdAt: new Date(0), tokenHash: new Uint8Array() };
  while (place) {
    const batch = batchAfter(place, manner.until);
    const [next, count]: [Place | null, number] = await transaction(async (tx) => [
      await lastOf(tx, batch),
      await endThose(tx, those(Prisma.sql`(${batch})`, selection, reason, manner), by),
    ]);
    ended += count;
    place = next;
  }
  return ended;
}

/** The next sessions in the order of their log-ins, selected or not, so that no statement takes long. */
function batchAfter({ createdAt, tokenHash }: Place, until: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT * FROM sessions
     WHERE (created_at, token_hash) > (${createdAt}, ${tokenHash}) AND created_at BETWEEN ${createdAt} AND ${until}
     ORDER BY created_at, token_hash LIMIT ${BATCH}`;
}

/** The last position of a batch; null when it is the last batch. */
async function lastOf(tx: Database, batch: Prisma.Sql): Promise<Place | null> {
  const [last] = await tx.$queryRaw<(Place & { isFull: boolean })[]>`
    SELECT created_at AS "createdAt", token_hash AS "tokenHash", count(*) OVER () = ${BATCH} AS "isFull"
      FROM (${batch}) AS batch ORDER BY created_at DESC, token_hash DESC LIMIT 1`;
  return last?.isFull ? last : null;
}

/** The sessions to end, in the form that `endThose` takes. */
function those(
  source: Prisma.Sql,
  selection: Selection,
  reason: EndReason,
  { isPatient } = { isPatient: true },
): Prisma.Sql {
  const lock = isPatient ? Prisma.sql`FOR UPDATE OF s` : Prisma.sql`FOR UPDATE OF s SKIP LOCKED`;
  return Prisma.sql`
    SELECT s.handle, ${reason}::text AS reason
      FROM sessions s JOIN ${source} AS batch ON batch.handle = s.handle JOIN users u ON u.id = s.user_id
     WHERE ${isSelected(selection)}
     ORDER BY s.created_at, s.token_hash ${lock}`;
}
