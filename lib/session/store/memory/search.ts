import { COUNTED } from "@/lib/capped-count";
import { transaction } from "@/lib/db";
import { oneRange, within } from "@/lib/http/network";
import { readBrowser } from "@/lib/http/user-agent";
import type { EndReason } from "@/lib/session/ending";
import { expiry, lifetimes } from "@/lib/session/policy";
import type { Ender, Extent, Position, SelectedSession, Selection } from "@/lib/session/store/contract";
import { positionText } from "@/lib/session/store/position";
import { endHeld } from "./end";
import { allRows, hold, ofUser, type Row, seen, withHandles } from "./rows";
import { ownerOf, type Users, usersOf } from "./users";

/** Sessions per transaction when many are to be ended. */
const BATCH = 500;

/** Whether a session is active and selected. */
type Test = (row: Row, users: Users) => boolean;

function testFor({ userId, handles, address, before, until, usedSince, bound, except }: Selection, now: Date): Test {
  const isFrom = address === undefined ? () => true : within(oneRange(address));
  const chosen = handles && new Set(handles);
  return (row, users) => {
    const user = ownerOf(row, users);
    return (
      user !== null &&
      !user.disabledAt &&
      !expiry(row, lifetimes({ ...row, role: user.role }), now) &&
      (userId === undefined || row.userId === userId) &&
      (!chosen || chosen.has(row.handle)) &&
      (isFrom(row.ipAddress ?? "") || isFrom(row.lastIpAddress ?? "")) &&
      (before === undefined || row.createdAt < before) &&
      (until === undefined || row.createdAt <= until) &&
      (usedSince === undefined || row.lastSeenAt > usedSince) &&
      (bound === undefined || (row.boundAt !== null) === bound) &&
      row.handle !== except
    );
  };
}

/** The selected sessions in the order of their log-ins, and their users. Throws an Outage. */
async function select(selection: Selection): Promise<{ rows: Row[]; users: Users }> {
  const candidates = candidatesFor(selection);
  const users = await usersOf(candidates);
  const isSelected = testFor(selection, new Date());
  const rows = candidates.filter((row) => isSelected(row, users)).sort(byLogIn);
  return { rows, users };
}

function candidatesFor({ userId, handles }: Selection): Row[] {
  if (userId === undefined && handles === undefined) return allRows();
  const entries = userId === undefined ? withHandles(handles ?? []) : ofUser(userId);
  return entries.flatMap((entry) => seen(entry) ?? []);
}

function byLogIn(a: Pick<Row, "createdAt" | "handle">, b: Pick<Row, "createdAt" | "handle">): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.handle < b.handle ? -1 : Number(a.handle > b.handle));
}

/** A page of selected sessions after a position, and where the next page begins: see SessionStore. Throws an Outage. */
export async function search(
  selection: Selection,
  after: Position | null,
  size = 50,
  first: "newest" | "oldest" = "newest",
): Promise<{ sessions: SelectedSession[]; next: string | null }> {
  const { rows, users } = await select(selection);
  const direction = first === "newest" ? -1 : 1;
  const rest = rows
    .filter((row) => !after || direction * byLogIn(row, after) > 0)
    .sort((a, b) => direction * byLogIn(a, b));
  const last = rest.length > size ? rest[size - 1] : null;
  return { sessions: rest.slice(0, size).map((row) => show(row, users)), next: last ? positionText(last) : null };
}

function show(row: Row, users: Users): SelectedSession {
  const { handle, userId, publicComputer, demonstration, ipAddress, lastIpAddress } = row;
  const { createdAt, lastSeenAt, boundAt } = row;
  const { email = "", userName = "" } = users.get(userId) ?? {};
  return {
    ...{ handle, userId, email, userName, publicComputer, demonstration },
    ...readBrowser(row.userAgent),
    ...{ firstAddress: ipAddress, lastAddress: lastIpAddress },
    ...{ since: createdAt.toISOString(), lastSeen: lastSeenAt.toISOString() },
    boundAt: boundAt?.toISOString() ?? null,
  };
}

/** The number of selected sessions, counted up to `COUNTED`. Throws an Outage. */
export async function count(selection: Selection): Promise<number> {
  return Math.min((await select(selection)).rows.length, COUNTED + 1);
}

/** Counts the selected sessions at a moment, without an upper limit: see SessionStore. Throws an Outage. */
export async function measure(selection: Selection, until = new Date()): Promise<Extent & { until: Date }> {
  const { rows } = await select(selection);
  const those = rows.filter(({ createdAt }) => createdAt <= until);
  const people = new Set(those.map(({ userId }) => userId)).size;
  return { sessions: those.length, people, newer: rows.length - those.length, until };
}

/** The number of active sessions of all users. Throws an Outage. */
export async function countActive(): Promise<number> {
  return (await select({})).rows.length;
}

/**
 * Ends the selected sessions that exist when it begins, and returns how many. Throws an Outage: sessions that it had
 * ended stay ended, and the caller can run it again.
 */
export async function endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number> {
  const handles = (await select(selection)).rows.map(({ handle }) => handle);
  let ended = 0;
  while (handles.length > 0) ended += await endBatch(handles.splice(0, BATCH), selection, { reason, by });
  return ended;
}

async function endBatch(
  handles: string[],
  selection: Selection,
  { reason, by }: { reason: EndReason; by: Ender },
): Promise<number> {
  return transaction(async (tx) => {
    const held = await hold(tx, withHandles(handles));
    const users = await usersOf(
      held.map(({ row }) => row),
      tx,
    );
    const isSelected = testFor(selection, new Date());
    const those = held.filter(({ row }) => isSelected(row, users)).map((one) => ({ ...one, reason }));
    return endHeld(tx, those, by);
  });
}
