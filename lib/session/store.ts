import { db, transaction } from "@/lib/db";
import type { Role } from "@/prisma/client/client";
import { endsOf, lifetimes, outlived, TOUCH_INTERVAL } from "./policy";
import { hashToken, newToken } from "./token";

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
  disabled: boolean;
  /** The database's clock when it was asked. */
  now: Date;
};

type Row = Omit<Session, "idleAt" | "totalAt"> & User & { userId: string; disabledAt: Date | null; now: Date };

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
  return { session: { ...session, ...endsOf(session) }, user: { id, email, name, role }, disabled: !!disabledAt, now };
}

/**
 * Starts a session for a user and returns its token, which is kept nowhere else.
 * The session that the same browser had before, if any, is ended with it.
 */
export async function createSession(
  user: { id: string },
  browser: {
    publicComputer: boolean;
    userAgent: string | null;
    ipAddress: string | null;
    previousToken: string | null;
  },
): Promise<string> {
  const { previousToken, ...from } = browser;
  const token = newToken();

  await transaction(async (tx) => {
    if (previousToken) await tx.session.deleteMany({ where: { tokenHash: hashToken(previousToken) } });
    await tx.session.create({
      data: { tokenHash: hashToken(token), userId: user.id, ...from },
      select: { handle: true },
    });
  });
  return token;
}

/** Ends the session with this token. It is gone when this returns; ending one that is gone already is no error. */
export async function endSession(token: string): Promise<void> {
  await db().session.deleteMany({ where: { tokenHash: hashToken(token) } });
}

/**
 * Records that a session was used just now.
 *
 * An update of a row that is there and alive: it neither brings back what was
 * ended meanwhile, nor extends what is over by its age, nor writes twice in
 * one interval.
 */
export async function touchSession(token: string, { session }: Found): Promise<void> {
  const { idle, total } = lifetimes(session);

  await db().$executeRaw`
    UPDATE sessions SET last_seen_at = now()
     WHERE token_hash = ${hashToken(token)}
       AND last_seen_at <= now() - make_interval(secs => ${TOUCH_INTERVAL / 1000})
       AND last_seen_at > now() - make_interval(secs => ${idle / 1000})
       AND created_at > now() - make_interval(secs => ${total / 1000})`;
}

/** How many other browsers are signed in as the user of this session. */
export async function countOtherSessions(found: Found): Promise<number> {
  const sessions = await db().session.findMany({
    where: { userId: found.user.id, handle: { not: found.session.handle } },
    select: { createdAt: true, lastSeenAt: true, publicComputer: true },
  });
  return sessions.filter((session) => !outlived(session, found.now)).length;
}
