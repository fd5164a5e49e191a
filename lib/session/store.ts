import DataLoader from "dataloader";
import { type Database, db, namingOutages, onceCommitted, prepared, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { Prisma, type Role } from "@/prisma/client/client";
import type { Ending, EndReason } from "./ending";
import { announced, CHANNEL, ENDED } from "./events";
import { endsOf, expiry, type Lifetimes, lifetimes, policy } from "./policy";
import { hashToken, markOf, marksOf, newToken, type TokenHash } from "./token";

export type User = { id: string; email: string; name: string; role: Role };

/** What a page may know about a session. Nothing in it is secret. */
export type Session = {
  handle: string;
  /** What its owner calls this browser. */
  name: string | null;
  publicComputer: boolean;
  userAgent: string | null;
  /** Where it was logged in from, and where it was used last. */
  ipAddress: string | null;
  lastIpAddress: string | null;
  /** When the password was entered last, and until when that counts as recent. */
  confirmedAt: Date;
  confirmedUntil: Date;
  createdAt: Date;
  lastSeenAt: Date;
  /** When it ends if it is not used again. */
  idleAt: Date;
  /** When it ends in any case. */
  totalAt: Date;
};

/** An address, and until when the link that was sent there can be used. */
export type PendingEmail = { email: string; until: Date };

export type ActiveSession = {
  session: Session;
  user: User;
  lifetimes: Lifetimes;
  /** Since when the account may not log in, or null. */
  disabledAt: Date | null;
  /** The address that the user wants to have, which waits for its link to be opened. */
  pendingEmail: PendingEmail | null;
  /** The database's clock when it was asked. */
  now: Date;
};

/** Who ends a session, from where, and why if they say so. Without a user it is the session's own; null is nobody that has an account. */
export type Ender = Client & { userId?: string | null; note?: string };

/** What is done in the transaction in which a session starts. */
export type Alongside = (tx: Database, session: { handle: string }, user: LockedUser) => Promise<void>;

/** An account as it is while nobody else can change it. */
export type LockedUser = { id: string; role: Role; email: string; passwordHash: string; disabledAt: Date | null };

type SessionRow = Omit<Session, "idleAt" | "totalAt">;

type Row = SessionRow & {
  tokenHash: TokenHash;
  userId: string;
  email: string;
  userName: string;
  role: Role;
  disabledAt: Date | null;
  pendingEmail: string | null;
  pendingUntil: Date | null;
  now: Date;
};

/** The columns of a session that may be shown. */
const SHOWN = Prisma.sql`
  s.handle, s.name, s.public_computer AS "publicComputer", s.user_agent AS "userAgent", host(s.ip_address) AS "ipAddress",
  host(s.last_ip_address) AS "lastIpAddress", s.confirmed_at AS "confirmedAt", s.confirmed_until AS "confirmedUntil",
  s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt"`;

/** The session with this token and its user, or null. Lifetimes are for the caller to judge. Throws an Outage. */
export async function findSession(token: string): Promise<ActiveSession | null> {
  const row = await namingOutages(() => loader().load(hashToken(token)));
  if (!row) return null;

  const { tokenHash, userId, email, userName, role, disabledAt, pendingEmail, pendingUntil, now, ...session } = row;
  const its = lifetimes({ ...session, role });
  return {
    session: { ...session, ...endsOf(session, its) },
    user: { id: userId, email, name: userName, role },
    lifetimes: its,
    disabledAt,
    pendingEmail:
      pendingEmail && pendingUntil && pendingUntil > now ? { email: pendingEmail, until: pendingUntil } : null,
    now,
  };
}

/**
 * Asks for what is asked for in one turn of the event loop with one statement: of
 * many requests at once, each costs a part of one. It keeps no answer, and no
 * statement is sent before the last of the requests that it is for has come.
 */
function loader(): DataLoader<TokenHash, Row | undefined> {
  return processWide(
    "latchkeyLoader",
    () =>
      new DataLoader(findRows, {
        cache: false,
        maxBatchSize: MOST_AT_ONCE,
        batchScheduleFn: setImmediate,
      }),
  );
}

/** So many sessions are looked up with one statement. */
const MOST_AT_ONCE = 100;

async function findRows(hashes: readonly TokenHash[]): Promise<(Row | undefined)[]> {
  const rows = await prepared<Row>("find_sessions", rowsOf(hashes));
  const found = new Map(rows.map((row) => [keyOf(row.tokenHash), row]));
  return hashes.map((hash) => found.get(keyOf(hash)));
}

function keyOf(hash: TokenHash): string {
  return Buffer.from(hash).toString("latin1");
}

/** The rows of these sessions with their users, and the time: whether a session is over is judged by the clock that wrote its times. */
function rowsOf(hashes: readonly TokenHash[]): Prisma.Sql {
  return Prisma.sql`
    SELECT s.token_hash AS "tokenHash", ${SHOWN},
           u.id AS "userId", u.email, u.name AS "userName", u.role::text, u.disabled_at AS "disabledAt",
           u.pending_email AS "pendingEmail", u.pending_until AS "pendingUntil", now() AS now
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = ANY(${hashes}::bytea[])`;
}

/** The sessions of a user that live, the one used last first. Throws an Outage. */
export async function listSessions({
  id,
  role,
}: Pick<User, "id" | "role">): Promise<{ sessions: Session[]; now: Date }> {
  const statement = Prisma.sql`
    SELECT ${SHOWN}, now() AS now FROM sessions s WHERE s.user_id = ${id}::uuid ORDER BY s.last_seen_at DESC, s.handle`;
  type Listed = SessionRow & { now: Date };
  const rows = await prepared<Listed>("list_sessions", statement);
  const sessions = rows.map(({ now: _, ...row }) => ({ ...row, ...endsOf(row, lifetimes({ ...row, role })) }));
  const now = rows[0]?.now ?? new Date();
  return { sessions: sessions.filter(({ idleAt }) => now < idleAt), now };
}

/** What a log-in does when the user has as many sessions as there may be: which others it ends, or that it is none. */
export type AtLimit = { kind: "oldest" } | { kind: "refuse" } | { kind: "end"; handles: string[] };

/** There are as many sessions of this user as there may be. */
class TooManySessions extends Error {
  override name = "TooManySessions";
}

/** Whether what was thrown is a TooManySessions. */
export function isTooManySessions(error: unknown): boolean {
  return error instanceof TooManySessions;
}

/** There is no such user any more. */
class UserGone extends Error {
  override name = "UserGone";
}

/** Whether what was thrown is a UserGone. */
export function isUserGone(error: unknown): boolean {
  return error instanceof UserGone;
}

type NewSession = Client & { publicComputer: boolean; previousToken: string | null };

/**
 * Starts a session for a user and returns its token, which is kept nowhere else.
 * The session that the same browser had before, if any, is ended with it; and
 * what goes alongside is done with it, or none of all this.
 *
 * Throws TooManySessions when there are `MAX_SESSIONS` already and `atLimit` does
 * not make room, and UserGone when the account has been deleted. Log-ins at the
 * same moment come one after the other.
 */
export async function createSession(
  user: { id: string },
  { previousToken, ...session }: NewSession,
  { atLimit = { kind: "oldest" }, alongside }: { atLimit?: AtLimit; alongside?: Alongside | undefined } = {},
): Promise<string> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const previous = previousToken ? hashToken(previousToken) : null;
  const { userAgent, ipAddress } = session;
  const by = { userAgent, ipAddress, userId: user.id };

  await transaction(async (tx) => {
    const locked = await lockUser(tx, user.id, previous);
    if (!locked) throw new UserGone();
    await makeRoom(tx, locked, { previous, atLimit, by });
    const [created] = await tx.$queryRaw<{ handle: string }[]>`
      WITH created AS (
        INSERT INTO sessions AS s (token_hash, handle, mark, user_id, public_computer, user_agent, ip_address, last_ip_address, confirmed_until)
        VALUES (${tokenHash}, gen_random_uuid(), ${markOf(tokenHash)}, ${user.id}::uuid, ${session.publicComputer},
                ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${ipAddress}::inet, ${ipAddress}::inet,
                now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000}))
        RETURNING s.handle)
      SELECT handle, ${announced(user.id)} FROM created`;
    if (created && alongside) await alongside(tx, created, locked);
  });
  metrics().sessionsStarted.inc();
  return token;
}

type Room = { previous: TokenHash | null; atLimit: AtLimit; by: Ender };

/**
 * Sees to it that there is room for one more session of a user: ends the one that
 * the browser had before, those that were chosen, and as many as there are too many of.
 */
async function makeRoom(tx: Database, user: LockedUser, { previous, atLimit, by }: Room): Promise<void> {
  const rows = await lockSessions(tx, Prisma.sql`s.user_id = ${user.id}::uuid OR s.token_hash = ${previous}`);
  const reasonOf = ({ tokenHash, userId, handle }: LockedSession): EndReason | null => {
    if (previous && keyOf(tokenHash) === keyOf(previous)) return userId === user.id ? "logged-out" : "replaced";
    return atLimit.kind === "end" && atLimit.handles.includes(handle) ? "revoked" : null;
  };
  const living = rows.filter((row) => reasonOf(row) === null && !expiry(row, lifetimes({ ...row, ...user }), row.now));
  const newestFirst = living.reverse().sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  const excess = newestFirst.slice(env().MAX_SESSIONS - 1);
  if (excess.length > 0 && atLimit.kind !== "oldest") throw new TooManySessions();

  const endings = rows.flatMap((row) => {
    const reason = reasonOf(row) ?? (excess.includes(row) ? "over-limit" : null);
    return reason ? [Prisma.sql`(${row.tokenHash}::bytea, ${reason}::text)`] : [];
  });
  if (endings.length > 0)
    await end(tx, Prisma.sql`SELECT * FROM (VALUES ${Prisma.join(endings)}) AS those (token_hash, reason)`, by);
}

/**
 * Lets nobody else change a user, or log in as one, until this is done; and the
 * owner of the session with this hash likewise, if there is one. Null when there is
 * no such user.
 *
 * Everything locks in one order: users by their ids, then sessions by the order of
 * their log-ins, then the rest. So nobody waits for somebody who waits.
 */
export async function lockUser(
  tx: Database,
  id: string,
  previous: TokenHash | null = null,
): Promise<LockedUser | null> {
  const locked = await tx.$queryRaw<LockedUser[]>`
    SELECT id, role::text, email, password_hash AS "passwordHash", disabled_at AS "disabledAt"
      FROM users
     WHERE id = ${id}::uuid OR id = (SELECT user_id FROM sessions WHERE token_hash = ${previous})
     ORDER BY id FOR NO KEY UPDATE`;
  return locked.find((user) => user.id === id) ?? null;
}

type LockedSession = Pick<Session, "handle" | "publicComputer" | "createdAt" | "lastSeenAt"> &
  Pick<Row, "tokenHash" | "userId" | "now">;

/** These sessions `s`, which nobody else can end or use until this is done. */
async function lockSessions(tx: Database, which: Prisma.Sql): Promise<LockedSession[]> {
  return tx.$queryRaw<LockedSession[]>`
    SELECT s.token_hash AS "tokenHash", s.handle, s.user_id AS "userId", s.public_computer AS "publicComputer",
           s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", now() AS now
      FROM sessions s WHERE ${which} ORDER BY s.created_at, s.token_hash FOR UPDATE`;
}

/** Gives a session a new token, which is returned; the one before is worth nothing from then on. Null when the session has ended. */
export async function renewToken(tx: Database, previous: string): Promise<string | null> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const { count } = await tx.session.updateMany({
    where: { tokenHash: hashToken(previous) },
    data: { tokenHash, mark: markOf(tokenHash) },
  });
  return count > 0 ? token : null;
}

/**
 * Ends all sessions of a user, except for the one with this handle, if any. Returns
 * how many lived until then: what was over by its age is recorded as that, and not counted.
 */
export async function endSessionsOf(
  tx: Database,
  { userId, except }: { userId: string; except: string | null },
  reason: EndReason,
  by: Ender,
): Promise<number> {
  // The one that stays is locked with the others: whoever is about to change it does so in order.
  if (except) await lockSessions(tx, Prisma.sql`s.user_id = ${userId}::uuid`);
  const those = Prisma.sql`
    SELECT token_hash, ${reason}::text AS reason
      FROM sessions WHERE user_id = ${userId}::uuid AND (${except}::uuid IS NULL OR handle <> ${except}::uuid)`;
  return end(tx, those, by);
}

/** Ends the session of this user with this handle, if there is one that lives, and says whether there was. Somebody else's is not found. */
export async function revokeSession(
  tx: Database,
  { userId, handle }: { userId: string; handle: string },
  by: Ender,
): Promise<boolean> {
  const that = Prisma.sql`
    SELECT token_hash, 'revoked' AS reason FROM sessions WHERE user_id = ${userId}::uuid AND handle = ${handle}::uuid`;
  return (await end(tx, that, by)) > 0;
}

/** Whether a handle is that of a session that is somebody else's. Throws an Outage. */
export async function isForeign(userId: string, handle: string): Promise<boolean> {
  return (await db().session.count({ where: { handle, userId: { not: userId } } })) > 0;
}

/** Gives one of the user's own sessions a name, or takes it away with null. Says whether there is such a session. */
export async function nameSession(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  const { count } = await db().session.updateMany({ where: { userId, handle }, data: { name } });
  return count > 0;
}

/** Records that the password was entered in a session just now. For `CONFIRM_LIFETIME` it is not asked for again. */
export async function recordConfirmation(tx: Database, handle: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE sessions SET confirmed_at = now(), confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid`;
}

/** Lets a confirmation last on from now, if it still counts; says whether it does. */
export async function extendConfirmation(handle: string): Promise<boolean> {
  const changed = await db().$executeRaw`
    UPDATE sessions SET confirmed_until = now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000})
     WHERE handle = ${handle}::uuid AND confirmed_until > now()`;
  return changed > 0;
}

/** Lets a session's confirmation count no more, and tells the open pages so. */
export async function dropConfirmation(handle: string): Promise<void> {
  await db().$queryRaw`
    WITH dropped AS (UPDATE sessions SET confirmed_until = now() WHERE handle = ${handle}::uuid RETURNING user_id)
    SELECT pg_notify(${CHANNEL}, json_build_object('user', user_id, 'ended', json_build_array())::text)::text FROM dropped`;
}

/**
 * Ends the session with this token's hash, for its owner. The row is gone and
 * the ledger has its line when this returns; ending what is gone already is no
 * error, and adds no line. Throws an Outage.
 */
export async function endSession(hash: TokenHash, reason: EndReason, by: Client): Promise<void> {
  await end(db(), Prisma.sql`SELECT ${hash}::bytea AS token_hash, ${reason}::text AS reason`, by);
}

/** A session that was over by its age when it was looked at. */
export type Outlived = { tokenHash: Uint8Array; lastSeenAt: Date };

/**
 * Ends sessions that are over by their age, and returns how many. One that has
 * been used since it was looked at, or is being used at this moment, is left alone.
 */
export async function endOutlived(tx: Database, sessions: Outlived[]): Promise<number> {
  const hashes = sessions.map(({ tokenHash }) => Buffer.from(tokenHash).toString("hex"));
  const seen = sessions.map(({ lastSeenAt }) => lastSeenAt.toISOString());
  const unused = Prisma.sql`
    SELECT s.token_hash, 'expired' AS reason
      FROM unnest(${hashes}::text[], ${seen}::text[]) AS o (token_hash, last_seen_at)
      JOIN sessions s ON s.token_hash = decode(o.token_hash, 'hex') AND s.last_seen_at = o.last_seen_at::timestamptz
       FOR UPDATE OF s SKIP LOCKED`;
  return end(tx, unused, null);
}

/** The lifetime of a session `s` of a user `u`, as `lifetimes` has it, for a statement. */
export function lifetimeInSql(kind: "idle" | "total"): Prisma.Sql {
  const { standard, publicComputer, administrator } = policy();
  return Prisma.sql`
    make_interval(secs => least(
      CASE WHEN s.public_computer THEN ${publicComputer[kind] / 1000}::float8 END,
      CASE WHEN u.role = 'admin' THEN ${administrator[kind] / 1000}::float8 END,
      CASE WHEN NOT s.public_computer AND u.role IS DISTINCT FROM 'admin' THEN ${standard[kind] / 1000}::float8 END))`;
}

/**
 * The one way in which a session ends, whoever asks and for whatever reason:
 * the row is deleted and the ledger gets its line in one statement, both or
 * neither. `sessions` selects token_hash and reason; `by` is null where nobody
 * asked, but time.
 *
 * A session that was over by its age has ended then and of that, and whoever asks
 * now did not do it. Returns how many have ended for another reason; where nobody
 * asked, all.
 */
export async function end(tx: Database, sessions: Prisma.Sql, by: Ender | null): Promise<number> {
  const isSomebody = by !== null && by.userId !== null;
  const rows = await tx.$queryRaw<{ reasons: EndReason[] }[]>`
    WITH asked AS (${sessions}),
         locked AS (
           SELECT s.token_hash, a.reason, s.last_seen_at + ${lifetimeInSql("idle")} AS idle_at, ${lifetimeInSql("idle")} AS idle,
                  s.created_at + ${lifetimeInSql("total")} AS total_at, ${lifetimeInSql("total")} AS total
             FROM asked a JOIN sessions s ON s.token_hash = a.token_hash JOIN users u ON u.id = s.user_id
            ORDER BY s.created_at, s.token_hash FOR UPDATE OF s),
         ending AS (
           SELECT token_hash, least(idle_at, total_at) <= now() AS is_over,
                  CASE WHEN least(idle_at, total_at) > now() THEN reason WHEN idle_at < total_at THEN 'idle' ELSE 'expired' END AS reason,
                  least(idle_at, total_at, now()) AS at,
                  CASE WHEN least(idle_at, total_at) <= now() THEN extract(epoch FROM CASE WHEN idle_at < total_at THEN idle ELSE total END)::float8::text END AS detail
             FROM locked),
         ended AS (DELETE FROM sessions s USING ending e WHERE s.token_hash = e.token_hash
                   RETURNING s.user_id, s.handle, s.mark, e.reason, e.at, e.detail, e.is_over),
         lines AS (
           INSERT INTO ledger (event, at, user_id, by_user_id, session_handle, session_mark, reason, detail, note, ip_address, user_agent)
           SELECT 'session_expired', at, user_id, CASE WHEN ${isSomebody} AND NOT is_over THEN coalesce(${by?.userId ?? null}::uuid, user_id) END, handle, mark, reason, detail,
                  CASE WHEN NOT is_over THEN ${by?.note ?? null}::text END, CASE WHEN NOT is_over THEN ${by?.ipAddress ?? null}::inet END,
                  CASE WHEN NOT is_over THEN ${by?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}::text END
             FROM ended ORDER BY at
           RETURNING user_id, session_handle, reason)
    SELECT array_agg(reason) AS reasons, ${by === null ? Prisma.sql`NULL` : Prisma.sql`pg_notify(${CHANNEL}, ${ENDED})::text`} AS announced
      FROM lines GROUP BY user_id`;
  const ended = rows.flatMap(({ reasons }) => reasons);
  onceCommitted(tx, () => {
    for (const reason of ended) metrics().sessionsEnded.inc({ reason });
  });
  return by === null ? ended.length : ended.filter((reason) => reason !== "idle" && reason !== "expired").length;
}

/** How the session with this token ended, or null when there never was one. Throws an Outage. */
export async function findEnding(token: string): Promise<Ending | null> {
  const line = await db().ledgerLine.findFirst({
    where: { sessionMark: { in: marksOf(hashToken(token)) } },
    orderBy: { id: "desc" },
    select: { reason: true, at: true, userAgent: true, detail: true },
  });
  return line && { ...line, reason: line.reason as EndReason };
}

/**
 * Records that a session was used just now.
 *
 * An update of a row that is there and alive: it neither brings back what was
 * ended meanwhile, nor extends what is over by its age, nor writes twice in
 * one interval.
 */
export async function touchSession(
  token: string,
  { idle, total, touch }: Lifetimes,
  ipAddress: string | null,
): Promise<void> {
  // Only this may be lost in a crash, by a fraction of a second; so nobody waits for the disk.
  await db().$executeRaw`
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    UPDATE sessions SET last_seen_at = now(), last_ip_address = coalesce(${ipAddress}::inet, last_ip_address)
      FROM relaxed
     WHERE token_hash = ${hashToken(token)}
       AND last_seen_at <= now() - make_interval(secs => ${touch / 1000})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})`;
}
