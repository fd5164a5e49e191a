import DataLoader from "dataloader";
import { type Database, db, namingOutages, onceCommitted, prepared, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { LONGEST_USER_AGENT, type Whence } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { Prisma, type Role } from "@/prisma/client/client";
import { announce, CHANNEL, ENDED } from "./announce";
import { type Ending, type EndReason, lengthOf } from "./ending";
import { endsOf, type Lifetimes, lifetimes, outlived } from "./policy";
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

export type Found = {
  session: Session;
  user: User;
  lifetimes: Lifetimes;
  /** Since when the account may not log in, or null. */
  disabledAt: Date | null;
  /** The database's clock when it was asked. */
  now: Date;
};

/** Who ends a session, from where, and why if they say so. Without a user it is the session's own; null is nobody that has an account. */
export type Ender = Whence & { userId?: string | null; note?: string };

/** What is done in the transaction in which a session starts. */
export type Alongside = (tx: Database, session: { handle: string }) => Promise<void>;

type SessionRow = Omit<Session, "idleAt" | "totalAt">;

type Row = SessionRow & {
  tokenHash: TokenHash;
  userId: string;
  email: string;
  userName: string;
  role: Role;
  disabledAt: Date | null;
  now: Date;
};

/** The columns of a session that may be shown. */
const SHOWN = Prisma.sql`
  s.handle, s.name, s.public_computer AS "publicComputer", s.user_agent AS "userAgent", host(s.ip_address) AS "ipAddress",
  host(s.last_ip_address) AS "lastIpAddress", s.confirmed_at AS "confirmedAt", s.confirmed_until AS "confirmedUntil",
  s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt"`;

/** The session with this token and its user, or null. Lifetimes are for the caller to judge. Throws an Outage. */
export async function findSession(token: string, tx?: Database): Promise<Found | null> {
  const hash = hashToken(token);
  const row = tx ? await findRow(tx, hash) : await namingOutages(() => loader().load(hash));
  if (!row) return null;

  const { tokenHash, userId, email, userName, role, disabledAt, now, ...session } = row;
  const its = lifetimes({ ...session, role });
  return {
    session: { ...session, ...endsOf(session, its) },
    user: { id: userId, email, name: userName, role },
    lifetimes: its,
    disabledAt,
    now,
  };
}

async function findRow(tx: Database, hash: TokenHash): Promise<Row | undefined> {
  const [row] = await tx.$queryRaw<Row[]>(rowsOf([hash]));
  return row;
}

// On the process, because Next.js puts a module into more than one bundle.
const shared = globalThis as { latchkeyLoader?: DataLoader<TokenHash, Row | undefined> };

/**
 * Asks for what is asked for in one turn of the event loop with one statement: of
 * many requests at once, each costs a part of one. It keeps no answer, and no
 * statement is sent before the last of the requests that it is for has come.
 */
function loader(): DataLoader<TokenHash, Row | undefined> {
  shared.latchkeyLoader ??= new DataLoader(findRows, {
    cache: false,
    maxBatchSize: MOST_AT_ONCE,
    batchScheduleFn: setImmediate,
  });
  return shared.latchkeyLoader;
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
           u.id AS "userId", u.email, u.name AS "userName", u.role::text, u.disabled_at AS "disabledAt", now() AS now
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = ANY(${hashes}::bytea[])`;
}

/** The sessions of a user that live, the one used last first. Throws an Outage. */
export async function listSessions(
  { id, role }: Pick<User, "id" | "role">,
  tx?: Database,
): Promise<{ sessions: Session[]; now: Date }> {
  const statement = Prisma.sql`
    SELECT ${SHOWN}, now() AS now FROM sessions s WHERE s.user_id = ${id}::uuid ORDER BY s.last_seen_at DESC, s.handle`;
  type Listed = SessionRow & { now: Date };
  const rows = tx ? await tx.$queryRaw<Listed[]>(statement) : await prepared<Listed>("list_sessions", statement);
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

type NewSession = Whence & { publicComputer: boolean; previousToken: string | null };

/**
 * Starts a session for a user and returns its token, which is kept nowhere else.
 * The session that the same browser had before, if any, is ended with it; and
 * what goes alongside is done with it, or none of all this.
 *
 * Throws TooManySessions when there are `MAX_SESSIONS` already and `atLimit` does
 * not make room. Log-ins at the same moment come one after the other.
 */
export async function createSession(
  user: { id: string },
  { previousToken, ...session }: NewSession,
  { atLimit = { kind: "oldest" }, alongside }: { atLimit?: AtLimit; alongside?: Alongside | undefined } = {},
): Promise<string> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const { userAgent, ipAddress } = session;
  const by = { userAgent, ipAddress, userId: user.id };

  await transaction(async (tx) => {
    // First of all, as everything does that ends sessions of a user: nobody waits for somebody who waits.
    const role = await lockUser(tx, user.id);
    if (previousToken) await endPrevious(tx, previousToken, by);
    if (role) await makeRoom(tx, { id: user.id, role }, atLimit, by);
    const [created] = await tx.$queryRaw<{ handle: string }[]>`
      INSERT INTO sessions AS s (token_hash, handle, mark, user_id, public_computer, user_agent, ip_address, last_ip_address, confirmed_until)
      VALUES (${tokenHash}, gen_random_uuid(), ${markOf(tokenHash)}, ${user.id}::uuid, ${session.publicComputer},
              ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${ipAddress}::inet, ${ipAddress}::inet,
              now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000}))
      RETURNING s.handle`;
    if (created && alongside) await alongside(tx, created);
    await announce(tx, user.id);
  });
  metrics().sessionsStarted.inc();
  return token;
}

/** Sees to it that there is room for one more session of a user. */
async function makeRoom(tx: Database, user: Pick<User, "id" | "role">, atLimit: AtLimit, by: Ender): Promise<void> {
  if (atLimit.kind === "end") await end(tx, chosen(user.id, atLimit.handles, "revoked"), by);
  const { sessions } = await listSessions(user, tx);
  const excess = sessions.slice(env().MAX_SESSIONS - 1);
  if (excess.length === 0) return;
  if (atLimit.kind !== "oldest") throw new TooManySessions();

  const handles = excess.map(({ handle }) => handle);
  await end(tx, chosen(user.id, handles, "over-limit"), by);
}

/** Lets nobody else change a user, or log in as one, until this is done. Returns the role; null when there is no such user. */
async function lockUser(tx: Database, id: string): Promise<Role | null> {
  const [user] = await tx.$queryRaw<{ role: Role }[]>`
    SELECT role::text FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return user?.role ?? null;
}

/** Ends the session that a browser had before: logged out, unless time had ended it already. */
async function endPrevious(tx: Database, token: string, by: Ender): Promise<void> {
  const found = await findSession(token, tx);
  if (!found) return;
  const over = outlived(found.session, found.lifetimes, found.now);
  await end(tx, one(hashToken(token), over?.reason ?? "logged-out", over && { ...over, its: found.lifetimes }), by);
}

/** The sessions with these handles, of this user alone. */
function chosen(userId: string, handles: string[], reason: EndReason): Prisma.Sql {
  return Prisma.sql`
    SELECT token_hash, ${reason}::text AS reason, now() AS at, NULL::text AS detail
      FROM sessions WHERE user_id = ${userId}::uuid AND handle = ANY(${handles}::uuid[])`;
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

/** Ends all sessions of a user, except for the one with this handle, if any. Returns how many there were. */
export async function endSessionsOf(
  tx: Database,
  { userId, except }: { userId: string; except: string | null },
  reason: EndReason,
  by: Ender,
): Promise<number> {
  const those = Prisma.sql`
    SELECT token_hash, ${reason}::text AS reason, now() AS at, NULL::text AS detail
      FROM sessions WHERE user_id = ${userId}::uuid AND (${except}::uuid IS NULL OR handle <> ${except}::uuid)`;
  return end(tx, those, by);
}

/** Ends the session of this user with this handle, if there is one, and says whether there was. Somebody else's is not found. */
export async function revokeSession(
  tx: Database,
  { userId, handle }: { userId: string; handle: string },
  by: Ender,
): Promise<boolean> {
  return (await end(tx, chosen(userId, [handle], "revoked"), by)) > 0;
}

/** Gives one of the user's own sessions a name, or takes it away with null. Says whether there is such a session. */
export async function nameSession(
  { userId, handle }: { userId: string; handle: string },
  name: string | null,
): Promise<boolean> {
  return transaction(async (tx) => {
    const { count } = await tx.session.updateMany({ where: { userId, handle }, data: { name } });
    await announce(tx, userId);
    return count > 0;
  });
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

/** Lets a session's confirmation count no more. */
export async function dropConfirmation(handle: string): Promise<void> {
  await db().$executeRaw`UPDATE sessions SET confirmed_until = now() WHERE handle = ${handle}::uuid`;
}

/**
 * Ends the session with this token's hash, for its owner. The row is gone and
 * the ledger has its line when this returns; ending what is gone already is no
 * error, and adds no line. Throws an Outage.
 */
export async function endSession(hash: TokenHash, reason: EndReason, by: Whence): Promise<void> {
  await end(db(), one(hash, reason), by);
}

/** A session that is over by its age, as it was when it was looked at. */
export type Outlived = { tokenHash: Uint8Array; lastSeenAt: Date; reason: EndReason; at: Date; detail: string };

/**
 * Ends sessions that are over by their age, and returns how many. One that has
 * been used since it was looked at, or is being used at this moment, is left alone.
 */
export async function endOutlived(tx: Database, sessions: Outlived[]): Promise<number> {
  const column = (value: (session: Outlived) => string) => Prisma.sql`${sessions.map(value)}::text[]`;
  const columns = [
    column(({ tokenHash }) => Buffer.from(tokenHash).toString("hex")),
    column(({ lastSeenAt }) => lastSeenAt.toISOString()),
    column(({ reason }) => reason),
    column(({ at }) => at.toISOString()),
    column(({ detail }) => detail),
  ];
  const unused = Prisma.sql`
    SELECT s.token_hash, o.reason, o.at::timestamptz, o.detail
      FROM unnest(${Prisma.join(columns)}) AS o (token_hash, last_seen_at, reason, at, detail)
      JOIN sessions s ON s.token_hash = decode(o.token_hash, 'hex') AND s.last_seen_at = o.last_seen_at::timestamptz
       FOR UPDATE OF s SKIP LOCKED`;
  return end(tx, unused, null);
}

/** One session as `end` wants it named. */
function one(
  hash: TokenHash,
  reason: EndReason,
  over: { reason: "idle" | "expired"; at: Date; its: Lifetimes } | null = null,
): Prisma.Sql {
  const detail = over && lengthOf(over.reason, over.its);
  return Prisma.sql`
    SELECT ${hash}::bytea AS token_hash, ${reason}::text AS reason, coalesce(${over?.at ?? null}::timestamptz, now()) AS at,
           ${detail}::text AS detail`;
}

/**
 * The one way in which a session ends, whoever asks and for whatever reason:
 * the row is deleted and the ledger gets its line in one statement, both or
 * neither. `sessions` selects token_hash, reason, at and detail; `by` is null
 * where nobody asked, but time. Returns how many there were.
 */
export async function end(tx: Database, sessions: Prisma.Sql, by: Ender | null): Promise<number> {
  const isSomebody = by !== null && by.userId !== null;
  const rows = await tx.$queryRaw<{ reasons: EndReason[] }[]>`
    WITH ending AS (${sessions}),
         ended AS (DELETE FROM sessions s USING ending e WHERE s.token_hash = e.token_hash
                   RETURNING s.user_id, s.handle, s.mark, e.reason, e.at, e.detail),
         lines AS (
           INSERT INTO ledger (event, at, user_id, by_user_id, session_handle, session_mark, reason, detail, note, ip_address, user_agent)
           SELECT 'session_expired', at, user_id, CASE WHEN ${isSomebody} THEN coalesce(${by?.userId ?? null}::uuid, user_id) END, handle, mark, reason, detail,
                  ${by?.note ?? null}::text, ${by?.ipAddress ?? null}::inet, ${by?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}::text
             FROM ended
           RETURNING user_id, session_handle, reason)
    SELECT array_agg(reason) AS reasons, ${by === null ? Prisma.sql`NULL` : Prisma.sql`pg_notify(${CHANNEL}, ${ENDED})::text`} AS announced
      FROM lines GROUP BY user_id`;
  const ended = rows.flatMap(({ reasons }) => reasons);
  onceCommitted(tx, () => {
    for (const reason of ended) metrics().sessionsEnded.inc({ reason });
  });
  return ended.length;
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
