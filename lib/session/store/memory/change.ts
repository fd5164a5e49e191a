import { isDeepStrictEqual } from "node:util";
import { inTransaction, type Statements, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { type Amr, combined, levelOf } from "@/lib/session/amr";
import { isSameKey, type ProofKey } from "@/lib/session/dbsc/signature";
import { announced } from "@/lib/session/events";
import { expiry, type Lifetimes, needsTouch } from "@/lib/session/policy";
import type { Brought } from "@/lib/session/store/contract";
import { keyOf } from "@/lib/session/store/postgres/key";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";
import { change, hold, ofUser, type Row, withHandles, withToken } from "./rows";
import { ownerOf, usersOf } from "./users";

/** Gives a session a new token and returns it; the old one stops working. Null when the session has ended. */
export async function renew(tx: Statements, previous: string): Promise<string | null> {
  return inTransaction(tx, async (tx) => {
    const entry = withToken(previous, tx);
    const [held] = entry ? await hold(tx, [entry]) : [];
    if (!held || keyOf(held.row.tokenHash) !== keyOf(hashToken(previous))) return null;
    const token = newToken();
    const tokenHash = hashToken(token);
    change(held.entry, { tokenHash, mark: endingKeyOf(tokenHash), rotation: null });
    return token;
  });
}

/** Holds a session and all others of its user: see SessionStore. */
export async function holdSession(tx: Statements, handle: string): Promise<boolean> {
  const [entry] = withHandles([handle]);
  const held = entry ? await hold(tx, ofUser(entry.userId)) : [];
  const row = held.find((one) => one.entry === entry)?.row;
  // Another process may have disabled the user, which ends the session for good.
  return row !== undefined && ownerOf(row, await usersOf([row], tx)) !== null;
}

/** Stores the key of a session's browser: see SessionStore. */
export async function bind(handle: string, key: ProofKey): Promise<Date | null> {
  return transaction(async (tx) => {
    const [held] = await hold(tx, withHandles([handle]));
    if (!held || held.row.boundAt || (held.row.proofKey && !isSameKey(held.row.proofKey, key))) return null;
    const provedAt = held.row.provedAt ?? new Date();
    change(held.entry, { proofKey: key, provedAt });
    return provedAt;
  });
}

/** Records a proof: see SessionStore. */
export async function prove(tx: Statements, handle: string, before: Date): Promise<Date | null> {
  return inTransaction(tx, async (tx) => {
    const [held] = await hold(tx, withHandles([handle]));
    if (!held?.row.proofKey || held.row.provedAt?.getTime() !== before.getTime()) return null;
    // Never the same moment again: the challenge would be good again.
    const provedAt = new Date(Math.max(Date.now(), before.getTime() + 1));
    change(held.entry, { provedAt, boundAt: held.row.boundAt ?? new Date() });
    if (!held.row.boundAt) await tx.$queryRaw`SELECT ${announced(held.row.userId)}`;
    return provedAt;
  });
}

/** Forgets the key of a session's browser. */
export async function unbind(tx: Statements, handle: string): Promise<void> {
  await inTransaction(tx, async (tx) => {
    await update(tx, handle, () => ({ proofKey: null, provedAt: null, proofSeenAt: null, boundAt: null }));
  });
}

/** Names one of the user's own sessions; null removes the name. Returns whether there is such a session. */
export async function rename(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  return transaction((tx) => update(tx, handle, (row) => (row.userId === userId ? { name } : null)));
}

/** Records that the user of a session proved who they are just now, which counts as recent for `CONFIRM_LIFETIME`. */
export async function confirm(tx: Statements, handle: string, proof: readonly Amr[] = ["pwd"]): Promise<void> {
  await inTransaction(tx, (tx) =>
    update(tx, handle, (row) => {
      const amr = combined(...row.amr, ...proof);
      return { confirmedAt: new Date(), confirmedUntil: endOfConfirmation(), amr, level: levelOf(amr) };
    }),
  );
}

/** Extends a confirmation from now if it still counts. Returns whether it does. */
export async function extendConfirmation(handle: string): Promise<boolean> {
  return transaction((tx) =>
    update(tx, handle, ({ confirmedUntil }) =>
      confirmedUntil > new Date() ? { confirmedUntil: endOfConfirmation() } : null,
    ),
  );
}

/** Ends a session's confirmation. */
export async function dropConfirmation(handle: string): Promise<void> {
  await transaction((tx) => update(tx, handle, () => ({ confirmedUntil: new Date() })));
}

function endOfConfirmation(): Date {
  return new Date(Date.now() + env().CONFIRM_LIFETIME);
}

/** Changes a session and notifies its user's open pages. Returns false without a session, or if `its` returns null. */
async function update(tx: Statements, handle: string, its: (row: Row) => Partial<Row> | null): Promise<boolean> {
  const [held] = await hold(tx, withHandles([handle]));
  const changed = held ? its(held.row) : null;
  if (!held || !changed) return false;
  change(held.entry, changed);
  await tx.$queryRaw`SELECT ${announced(held.row.userId)}`;
  return true;
}

/**
 * Records that a session was used just now.
 *
 * Changes only an active session: it neither restores a session that has ended meanwhile, nor
 * extends an expired one, nor writes twice in one touch interval, unless the session's cookie rotates.
 */
export async function touch(
  token: string,
  its: Lifetimes,
  ipAddress: string | null,
  { seen = null, rotated = null }: Brought = {},
): Promise<void> {
  const entry = withToken(token);
  const now = new Date();
  if (!entry?.row || expiry(entry.row, its, now)) return;
  const rotates = rotated !== null && isDeepStrictEqual(entry.row.rotation, rotated.from);
  if (!rotates && !needsTouch(entry.row, its, now)) return;
  const { lastIpAddress, proofSeenAt } = entry.row;
  const use = { lastSeenAt: now, lastIpAddress: ipAddress ?? lastIpAddress, proofSeenAt: seen ?? proofSeenAt };
  entry.row = { ...entry.row, ...use, ...(rotates && { rotation: rotated.to }) };
}
