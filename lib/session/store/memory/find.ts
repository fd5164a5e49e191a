import { prepared, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Ending } from "@/lib/session/ending";
import { endsOf, expiry, lifetimes } from "@/lib/session/policy";
import type { AboutUser, ActiveSession, FoundWith, Listed, Session, Use, User } from "@/lib/session/store/contract";
import { activeSession, findEnding as findLine } from "@/lib/session/store/postgres/find";
import { Prisma } from "@/prisma/client/client";
import { end } from "./end";
import { isHere, ofUser, type Row, seen, sessions, withHandles, withToken } from "./rows";
import { ownerOf, usersOf } from "./users";

/** The session with this token and its user, or null. Callers check whether it has expired. Throws an Outage. */
export async function find(token: string): Promise<ActiveSession | null> {
  const before = withToken(token)?.row;
  if (!before) return null;
  const users = await usersOf([before]);
  // It may have ended or changed while Postgres was asked.
  const row = withToken(token)?.row;
  if (!row) return null;
  const user = ownerOf(row, users);
  if (!user) {
    if (users.size > 0) await endDisabled(row);
    return null;
  }
  const { disabledLine: _, ...its } = user;
  const { tokenHash, proofKey, provedAt, proofSeenAt, rotation } = row;
  return activeSession({ ...shown(row), ...its, tokenHash, proofKey, provedAt, proofSeenAt, rotation }, new Date());
}

/** Ends a session whose user was disabled by another process, even if the user has been enabled again since. */
async function endDisabled({ tokenHash }: Row): Promise<void> {
  const nobody = { userId: null, userAgent: null, ipAddress: null };
  await transaction((tx) => end(tx, { tokenHash }, "disabled", nobody));
}

/** The parts of a session that pages may show. */
function shown(row: Row): Omit<Session, "idleAt" | "totalAt"> {
  const { tokenHash: _, mark, userId, disabledLine, proofKey, provedAt, proofSeenAt, rotation, ...session } = row;
  return session;
}

/**
 * How the session with this token ended. A session of which neither this process nor the ledger knows
 * was in the memory of an earlier process. Throws an Outage.
 */
export async function findEnding(token: string): Promise<Ending | null> {
  const line = await findLine(token);
  const { since } = sessions();
  // Lines that are deleted after their time say nothing any more.
  const isTold = line || withToken(token) || Date.now() - since.getTime() > env().LEDGER_LIFETIME;
  return isTold ? line : { reason: "restarted", at: since, userAgent: null, detail: null };
}

/** The session with this token, its user's sessions, and a value about the user: see SessionStore. Throws an Outage. */
export async function findWith<Value>(token: string, { name, sql }: AboutUser): Promise<FoundWith<Value> | null> {
  const found = await find(token);
  if (!found) return null;
  const { user, session } = found;
  const about = sql(Prisma.sql`u.id`, Prisma.sql`${session.handle}::uuid`);
  const [listed, [row]] = await Promise.all([
    list(user),
    prepared<{ about: Value }>(
      `find_user_with_${name}`,
      Prisma.sql`SELECT ${about} AS about FROM users u WHERE u.id = ${user.id}::uuid`,
    ),
  ]);
  return row ? { found, listed, about: row.about } : null;
}

/** The user's sessions, the most recently used first: see SessionStore. Throws an Outage. */
export async function list({ id, role }: Pick<User, "id" | "role">): Promise<Listed> {
  const users = await usersOf(rowsOf(id));
  const now = new Date();
  const rows = rowsOf(id)
    .filter((row) => ownerOf(row, users))
    .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime() || (a.handle < b.handle ? -1 : 1));
  const isOver = (row: Row) => expiry(row, lifetimes({ ...row, role }), now) !== null;
  const full = (row: Row) => ({ ...shown(row), ...endsOf(row, lifetimes({ ...row, role })) });
  return { sessions: rows.filter((row) => !isOver(row)).map(full), expired: rows.filter(isOver).map(full), now };
}

function rowsOf(userId: string): Row[] {
  return ofUser(userId).flatMap((entry) => seen(entry) ?? []);
}

/** Whether one of these handles belongs to another user's session. */
export async function isForeign(userId: string, handles: string[]): Promise<boolean> {
  return withHandles(handles).some((entry) => entry.row && entry.userId !== userId);
}

/** The number of sessions and the last use of each of these users: see SessionStore. */
export async function useOf(userIds: string[]): Promise<Map<string, Use> | null> {
  if (!isHere()) return null;
  const use = userIds.map((id): [string, Use] => {
    const seenAt = rowsOf(id).map(({ lastSeenAt }) => lastSeenAt.getTime());
    return [id, { sessions: seenAt.length, lastSeenAt: new Date(Math.max(...seenAt)) }];
  });
  return new Map(use.filter(([, { sessions }]) => sessions > 0));
}
