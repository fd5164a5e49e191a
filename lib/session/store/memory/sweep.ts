import { transaction } from "@/lib/db";
import type { EndReason } from "@/lib/session/ending";
import { expiry, lifetimes } from "@/lib/session/policy";
import { endHeld } from "./end";
import { allRows, hold, type Row, sessions, withHandles } from "./rows";
import { ownerOf, type Users, usersOf } from "./users";

/** Sessions per transaction. */
const BATCH = 500;

/**
 * Ends sessions that have expired, or whose user was disabled by another process, and returns how many. Returns
 * early while another sweep runs. Throws an Outage; the batches before it stay ended.
 */
export async function sweep(): Promise<number> {
  const all = sessions();
  if (all.isSweeping) return 0;
  all.isSweeping = true;
  try {
    const handles = (await overdue()).map(({ handle }) => handle);
    let swept = 0;
    while (handles.length > 0) swept += await sweepBatch(handles.splice(0, BATCH));
    return swept;
  } finally {
    all.isSweeping = false;
  }
}

/** The number of sessions that a sweep would end. Throws an Outage. */
export async function countExpired(): Promise<number> {
  return (await overdue()).length;
}

async function overdue(): Promise<Row[]> {
  const rows = allRows();
  const users = await usersOf(rows);
  return rows.filter((row) => reasonFor(row, users) !== null);
}

async function sweepBatch(handles: string[]): Promise<number> {
  return transaction(async (tx) => {
    // A session that another transaction changes is left to the next sweep.
    const held = await hold(tx, withHandles(handles), { isPatient: false });
    const users = await usersOf(
      held.map(({ row }) => row),
      tx,
    );
    const endings = held.flatMap((one) => {
      const reason = reasonFor(one.row, users);
      return reason ? [{ ...one, reason }] : [];
    });
    return endHeld(tx, endings, null);
  });
}

/** Why a session is to be swept; null if it isn't. One without a user is kept until it expires, as it leaves no line. */
function reasonFor(row: Row, users: Users): EndReason | null {
  const role = users.get(row.userId)?.role ?? "user";
  const over = expiry(row, lifetimes({ ...row, role }), new Date());
  if (over) return over.reason;
  return users.has(row.userId) && !ownerOf(row, users) ? "disabled" : null;
}
