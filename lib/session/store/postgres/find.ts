import DataLoader from "dataloader";
import { type Database, db, namingOutages, prepared } from "@/lib/db";
import { isLocale, timeZoneOf } from "@/lib/i18n/locale";
import { processWide } from "@/lib/process-wide";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import type { Ending, EndReason } from "@/lib/session/ending";
import { endsOf, lifetimes } from "@/lib/session/policy";
import type { Rotation } from "@/lib/session/rotation/rule";
import type { ActiveSession, Listed, Session, Use, User } from "@/lib/session/store/contract";
import { endingKeysOf, hashToken, type TokenHash } from "@/lib/session/token";
import { Prisma, type Role } from "@/prisma/client/client";
import { keyOf } from "./key";

export type SessionRow = Omit<Session, "idleAt" | "totalAt">;

/** What a look-up reads of a session and its user. */
export type FoundRow = SessionRow & {
  proofKey: ProofKey | null;
  provedAt: Date | null;
  proofSeenAt: Date | null;
  rotation: Rotation | null;
  tokenHash: TokenHash;
  userId: string;
  email: string;
  userName: string;
  role: Role;
  disabledAt: Date | null;
  pendingEmail: string | null;
  pendingUntil: Date | null;
  locale: string | null;
  timeZone: string | null;
  hasSecondFactor: boolean;
};

export type Row = FoundRow & { now: Date };

/** The columns of a user `u` that a look-up reads. */
export const OF_USER = Prisma.sql`
  u.id AS "userId", u.email, u.name AS "userName", u.role::text, u.disabled_at AS "disabledAt",
  u.pending_email AS "pendingEmail", u.pending_until AS "pendingUntil", u.locale, u.time_zone AS "timeZone",
  u.has_second_factor AS "hasSecondFactor"`;

/** The columns of a session that pages may show. */
const SHOWN = Prisma.sql`
  s.handle, s.name, s.public_computer AS "publicComputer", s.demonstration, s.user_agent AS "userAgent", host(s.ip_address) AS "ipAddress",
  host(s.last_ip_address) AS "lastIpAddress", s.amr, s.level::int, s.confirmed_at AS "confirmedAt", s.confirmed_until AS "confirmedUntil",
  s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.bound_at AS "boundAt"`;

/** The columns about the key and the cookies of a session's browser. */
const OF_BROWSER = Prisma.sql`
  s.proof_key AS "proofKey", s.proved_at AS "provedAt", s.proof_seen_at AS "proofSeenAt", s.rotation`;

/** The session with this token and its user, or null. Callers check whether it has expired. Throws an Outage. */
export async function find(token: string): Promise<ActiveSession | null> {
  const row = await namingOutages(() => loader().load(hashToken(token)));
  if (!row) return null;
  const { now, ...found } = row;
  return activeSession(found, now);
}

/** The session in a row that a look-up read, at a moment. */
export function activeSession(row: FoundRow, now: Date): ActiveSession {
  const { tokenHash, userId, email, userName, role, disabledAt, pendingEmail, pendingUntil, ...rest } = row;
  const { locale, timeZone, hasSecondFactor, proofKey, provedAt, proofSeenAt, rotation, ...session } = rest;
  const its = lifetimes({ ...session, role });
  return {
    session: { ...session, ...endsOf(session, its) },
    binding: proofKey && provedAt && { key: proofKey, provedAt, seenAt: proofSeenAt },
    rotation,
    user: { id: userId, email, name: userName, role },
    lifetimes: its,
    disabledAt,
    pendingEmail:
      pendingEmail && pendingUntil && pendingUntil > now ? { email: pendingEmail, until: pendingUntil } : null,
    locale: isLocale(locale) ? locale : null,
    timeZone: timeZoneOf(timeZone),
    hasSecondFactor,
    now,
  };
}

function loader(): DataLoader<TokenHash, Row | undefined> {
  return processWide("latchkeyLoader", () => batched(findRows));
}

/** The maximum number of sessions that one statement looks up. */
const MOST_AT_ONCE = 100;

/**
 * Combines the look-ups of one turn of the event loop into one statement, so that concurrent
 * requests share its cost. It caches nothing: the statement is sent after the last look-up that
 * it serves.
 */
export function batched<Asked, Found>(look: (those: readonly Asked[]) => Promise<Found[]>): DataLoader<Asked, Found> {
  return new DataLoader(look, { cache: false, maxBatchSize: MOST_AT_ONCE, batchScheduleFn: setImmediate });
}

/** The row of each of these sessions, or undefined. Throws an Outage. */
export function findRows(hashes: readonly TokenHash[]): Promise<(Row | undefined)[]> {
  return rowsWith<Row>("find_sessions", hashes, Prisma.empty);
}

/** The same with more columns about the user `u` and the session `s`, by a statement with this name. Throws an Outage. */
export async function rowsWith<Found extends Row>(
  name: string,
  hashes: readonly TokenHash[],
  more: Prisma.Sql,
): Promise<(Found | undefined)[]> {
  const rows = await prepared<Found>(name, rowsOf(Prisma.sql`s.token_hash = ANY(${hashes}::bytea[])`, more));
  const found = new Map(rows.map((row) => [keyOf(row.tokenHash), row]));
  return hashes.map((hash) => found.get(keyOf(hash)));
}

/** All rows whose hash begins with this byte. Throws an Outage. */
export async function findBucket(tx: Database, bucket: number): Promise<FoundRow[]> {
  const [from, next] = [Buffer.from([bucket]), Buffer.from([bucket + 1])];
  const isBefore = bucket < 255 ? Prisma.sql`AND s.token_hash < ${next}` : Prisma.empty;
  return tx.$queryRaw<FoundRow[]>(rowsOf(Prisma.sql`s.token_hash >= ${from} ${isBefore}`));
}

/** Selects sessions with their users and the time: the clock that wrote a session's times judges its expiry, too. */
function rowsOf(which: Prisma.Sql, more = Prisma.empty): Prisma.Sql {
  return Prisma.sql`
    SELECT s.token_hash AS "tokenHash", ${SHOWN}, ${OF_BROWSER}, ${OF_USER}, now() AS now ${more}
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE ${which}`;
}

/** How the session with this token ended, or null when the ledger has no such line. Throws an Outage. */
export async function findEnding(token: string): Promise<Ending | null> {
  const line = await db().ledgerLine.findFirst({
    where: { sessionMark: { in: endingKeysOf(hashToken(token)) } },
    orderBy: { id: "desc" },
    select: { reason: true, at: true, userAgent: true, detail: true },
  });
  return line && { ...line, reason: line.reason as EndReason };
}

/** The user's active sessions, the most recently used first: see SessionStore. Throws an Outage. */
export async function list({ id, role }: Pick<User, "id" | "role">): Promise<Listed> {
  const rows = await prepared<SessionRow & { now: Date }>("list_sessions", sessionsOf(Prisma.sql`${id}::uuid`));
  return listed(rows, role, rows[0]?.now ?? new Date());
}

/** SQL for all sessions of a user, the most recently used first. */
export function sessionsOf(user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT ${SHOWN}, now() AS now FROM sessions s WHERE s.user_id = ${user} ORDER BY s.last_seen_at DESC, s.handle`;
}

/** All sessions of a user with this role, as rows from Postgres, divided by whether they have expired. */
export function listed(rows: (SessionRow & { now: Date })[], role: Role, now: Date): Listed {
  const sessions = rows.map(({ now: _, ...row }) => ({ ...row, ...endsOf(row, lifetimes({ ...row, role })) }));
  return {
    sessions: sessions.filter(({ idleAt }) => now < idleAt),
    expired: sessions.filter(({ idleAt }) => now >= idleAt),
    now,
  };
}

/** Whether one of these handles belongs to another user's session. Throws an Outage. */
export async function isForeign(userId: string, handles: string[]): Promise<boolean> {
  return (await db().session.count({ where: { handle: { in: handles }, userId: { not: userId } } })) > 0;
}

/** The number of sessions and the last use of each of these users: see SessionStore. Throws an Outage. */
export async function useOf(userIds: string[]): Promise<Map<string, Use>> {
  const rows = await db().$queryRaw<(Use & { userId: string })[]>`
    SELECT user_id AS "userId", count(*)::int AS sessions, max(last_seen_at) AS "lastSeenAt"
      FROM sessions WHERE user_id = ANY(${userIds}::uuid[]) GROUP BY user_id`;
  return new Map(rows.map(({ userId, ...use }) => [userId, use]));
}
