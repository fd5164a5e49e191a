import { type Database, db, transaction } from "@/lib/db";
import { LONGEST_USER_AGENT, type Whence } from "@/lib/ledger/store";
import { Prisma, type Role } from "@/prisma/client/client";
import type { Ending, EndReason } from "./ending";
import { endsOf, type Lifetimes, lifetimes } from "./policy";
import { hashToken, markOf, marksOf, newToken, type TokenHash } from "./token";

export type User = { id: string; email: string; name: string; role: Role };

/** What a page may know about a session. Nothing in it is secret. */
type Session = {
  handle: string;
  publicComputer: boolean;
  userAgent: string | null;
  ipAddress: string | null;
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

/** Who ends a session, and from where. Without a user, it is the session's own. */
type Ender = Whence & { userId?: string };

/** What is done in the transaction in which a session starts. */
export type Alongside = (tx: Database, session: { handle: string }) => Promise<void>;

type Row = Omit<Session, "idleAt" | "totalAt"> & User & { disabledAt: Date | null; now: Date };

/** The session with this token and its user, or null. Lifetimes are for the caller to judge. Throws an Outage. */
export async function findSession(token: string): Promise<Found | null> {
  // One statement, with the time in it: whether a session is over is judged by
  // the clock that wrote its times.
  const [row] = await db().$queryRaw<Row[]>`
    SELECT s.handle, s.public_computer AS "publicComputer", s.user_agent AS "userAgent",
           host(s.ip_address) AS "ipAddress", s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt",
           u.id, u.email, u.name, u.role::text, u.disabled_at AS "disabledAt", now() AS now
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = ${hashToken(token)}`;
  if (!row) return null;

  const { id, email, name, role, disabledAt, now, ...session } = row;
  const its = lifetimes({ ...session, role });
  return {
    session: { ...session, ...endsOf(session, its) },
    user: { id, email, name, role },
    lifetimes: its,
    disabledAt,
    now,
  };
}

/**
 * Starts a session for a user and returns its token, which is kept nowhere else.
 * The session that the same browser had before, if any, is ended with it; and
 * what goes alongside is done with it, or none of all this.
 */
export async function createSession(
  user: { id: string },
  { previousToken, ...session }: Whence & { publicComputer: boolean; previousToken: string | null },
  alongside: Alongside = async () => {},
): Promise<string> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const { userAgent, ipAddress } = session;

  await transaction(async (tx) => {
    if (previousToken)
      await end(tx, one(hashToken(previousToken), "logged-out"), { userAgent, ipAddress, userId: user.id });
    const created = await tx.session.create({
      data: {
        ...session,
        tokenHash,
        mark: markOf(tokenHash),
        userId: user.id,
        userAgent: userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
      },
      select: { handle: true },
    });
    await alongside(tx, created);
  });
  return token;
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

/** Ends the session of this user with this handle, if there is one. Somebody else's is not found. */
export async function revokeSession(
  tx: Database,
  { userId, handle }: { userId: string; handle: string },
  by: Ender,
): Promise<boolean> {
  const that = Prisma.sql`
    SELECT token_hash, 'revoked'::text AS reason, now() AS at, NULL::text AS detail
      FROM sessions WHERE user_id = ${userId}::uuid AND handle = ${handle}::uuid`;
  return (await end(tx, that, by)) > 0;
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
function one(hash: TokenHash, reason: EndReason): Prisma.Sql {
  return Prisma.sql`SELECT ${hash}::bytea AS token_hash, ${reason}::text AS reason, now() AS at, NULL::text AS detail`;
}

/**
 * The one way in which a session ends, whoever asks and for whatever reason:
 * the row is deleted and the ledger gets its line in one statement, both or
 * neither. `sessions` selects token_hash, reason, at and detail; `by` is null
 * where nobody asked, but time. Returns how many there were.
 */
async function end(tx: Database, sessions: Prisma.Sql, by: Ender | null): Promise<number> {
  return tx.$executeRaw`
    WITH ending AS (${sessions}),
         ended AS (DELETE FROM sessions s USING ending e WHERE s.token_hash = e.token_hash
                   RETURNING s.user_id, s.handle, s.mark, e.reason, e.at, e.detail)
    INSERT INTO ledger (event, at, user_id, by_user_id, session_handle, session_mark, reason, detail, ip_address, user_agent)
    SELECT 'session_expired', at, user_id, CASE WHEN ${by !== null} THEN coalesce(${by?.userId ?? null}::uuid, user_id) END, handle, mark, reason, detail,
           ${by?.ipAddress ?? null}::inet, ${by?.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}::text
      FROM ended`;
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
export async function touchSession(token: string, { idle, total, touch }: Lifetimes): Promise<void> {
  await db().$executeRaw`
    UPDATE sessions SET last_seen_at = now()
     WHERE token_hash = ${hashToken(token)}
       AND last_seen_at <= now() - make_interval(secs => ${touch / 1000})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})`;
}

/** How many other browsers are signed in as the user of this session. */
export async function countOtherSessions({ user, session, now }: Found): Promise<number> {
  const sessions = await db().session.findMany({
    where: { userId: user.id, handle: { not: session.handle } },
    select: { createdAt: true, lastSeenAt: true, publicComputer: true },
  });
  return sessions.filter((other) => now < endsOf(other, lifetimes({ ...other, role: user.role })).idleAt).length;
}
