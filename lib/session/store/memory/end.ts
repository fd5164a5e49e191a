import { inTransaction, onceCommitted, type Statements } from "@/lib/db";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { type EndReason, lengthOf } from "@/lib/session/ending";
import { announcedEnd } from "@/lib/session/events";
import { expiry, lifetimes } from "@/lib/session/policy";
import type { Ender, Target } from "@/lib/session/store/contract";
import { change, type Entry, type Held, hold, isHere, ofUser, type Row, withHandles, withToken } from "./rows";
import { usersOf } from "./users";

/** Ends sessions: see SessionStore. */
export async function end(tx: Statements, target: Target, reason: EndReason, by: Ender): Promise<number> {
  // The server ends the sessions of a user whom another process disables: see `ownerOf`.
  if (reason === "disabled" && !isHere()) return 0;
  return inTransaction(tx, async (tx) => {
    const held = (await hold(tx, meant(target, tx))).filter(({ row }) => isMeant(row, target));
    return endHeld(
      tx,
      held.map((one) => ({ ...one, reason })),
      by,
    );
  });
}

/** The sessions of a target, perhaps with others. */
function meant(target: Target, tx: Statements): Entry[] {
  if ("tokenHash" in target) return [withToken(target.tokenHash, tx)].filter((entry) => entry !== null);
  return "handles" in target ? withHandles(target.handles) : ofUser(target.userId);
}

function isMeant(row: Row, target: Target): boolean {
  // Even if the session has got another token while this transaction waited.
  if ("tokenHash" in target) return true;
  if (row.userId !== target.userId) return false;
  return "handles" in target ? target.handles.includes(row.handle) : row.handle !== target.except;
}

type Ending = Held & { reason: EndReason };

/**
 * Every ending of a session goes through this function: it writes the ledger line, and once that has been committed,
 * the session is gone. `by` is null for a sweep, which has no user.
 *
 * An expired session gets the time and reason of its expiry, and no record of the caller.
 * Returns how many sessions ended for other reasons; after a sweep, how many ended.
 */
export async function endHeld(tx: Statements, endings: Ending[], by: Ender | null): Promise<number> {
  if (endings.length === 0) return 0;
  const now = new Date();
  const users = await usersOf(
    endings.map(({ row }) => row),
    tx,
  );
  const lines = endings.flatMap(({ row, reason }) => {
    const user = users.get(row.userId);
    return user ? [lineOf(row, { reason, its: lifetimes({ ...row, role: user.role }), by, now })] : [];
  });
  await write(tx, lines, by);
  for (const { entry } of endings) change(entry, null);

  onceCommitted(tx, () => {
    for (const { reason } of lines) metrics().sessionsEnded.inc({ reason });
  });
  return by === null ? lines.length : lines.filter(({ isOver }) => !isOver).length;
}

type Manner = { reason: EndReason; its: ReturnType<typeof lifetimes>; by: Ender | null; now: Date };

/** The ledger line of an ending, with the names of its columns. */
function lineOf(row: Row, { reason, its, by, now }: Manner) {
  const over = expiry(row, its, now);
  const ender = over ? null : by;
  return {
    at: over?.at ?? now,
    user_id: row.userId,
    by_user_id: ender && ender.userId !== null ? (ender.userId ?? row.userId) : null,
    session_handle: row.handle,
    session_mark: Buffer.from(row.mark).toString("hex"),
    reason: over?.reason ?? reason,
    detail: over ? lengthOf(over.reason, its) : null,
    note: ender?.note ?? null,
    ip_address: ender?.ipAddress ?? null,
    user_agent: ender?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
    isOver: over !== null,
  };
}

/** Writes the lines, and notifies the users' open pages unless it is a sweep. */
async function write(tx: Statements, lines: ReturnType<typeof lineOf>[], by: Ender | null): Promise<void> {
  await tx.$queryRaw`
    WITH lines AS (
      INSERT INTO ledger (event, at, user_id, by_user_id, session_handle, session_mark, reason, detail, note, ip_address, user_agent)
      SELECT 'session_expired', at, user_id, by_user_id, session_handle, decode(session_mark, 'hex'), reason, detail, note, ip_address, user_agent
        FROM jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) AS l
             (at timestamptz, user_id uuid, by_user_id uuid, session_handle uuid, session_mark text, reason text, detail text,
              note text, ip_address inet, user_agent text)
       ORDER BY at
      RETURNING user_id, session_handle)
    SELECT ${announcedEnd(by)} AS announced FROM lines GROUP BY user_id`;
}
