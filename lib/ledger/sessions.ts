// What the ledger says about one user's sessions and failed log-ins, within a time. Every query has an index made for it.

import { countRows } from "@/lib/capped-count";
import { prepared } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** The end of a session. */
export type EndedLine = { handle: string; at: Date; reason: string | null };

/** A wrong password: at a log-in, or in a session (`handle`) that asked for it again. */
export type FailedLine = {
  id: string;
  at: Date;
  handle: string | null;
  userAgent: string | null;
  address: string | null;
};

/** How a session began, and the moments when its user confirmed who they are. */
export type Beginning = {
  handle: string;
  /** The log-in; null if the ledger has no such line, or no longer. */
  at: Date | null;
  userAgent: string | null;
  /** In milliseconds, oldest first, at most `MOST_CONFIRMATIONS`: the newest. */
  confirmations: number[];
};

/** The most confirmations to read of one session. */
const MOST_CONFIRMATIONS = 50;

const ENDED = ["session_expired"];
const FAILED = ["authn_login_fail", "authn_login_fail_max"];

/** A user's sessions that have ended since a moment, the newest end first, at most `size`. Throws an Outage. */
export async function findEnded(userId: string, since: Date, size: number): Promise<EndedLine[]> {
  return prepared<EndedLine>(
    "find_ended_of_user",
    newest(userId, { events: ENDED, since, size }, Prisma.sql`l.session_handle AS handle, l.at, l.reason`),
  );
}

/** How many of a user's sessions have ended since a moment, counted up to `COUNTED` (lib/capped-count). Throws an Outage. */
export async function countEnded(userId: string, since: Date): Promise<number> {
  return countRows(Prisma.sql`
    SELECT FROM ledger l WHERE l.user_id = ${userId}::uuid AND l.event = ANY(${ENDED}::text[]) AND l.at >= ${since}::timestamptz`);
}

/** A user's wrong passwords since a moment, newest first, at most `size`. Throws an Outage. */
export async function findFailed(userId: string, since: Date, size: number): Promise<FailedLine[]> {
  const columns = Prisma.sql`
    l.id, l.at, l.session_handle AS handle, l.user_agent AS "userAgent", host(l.ip_address) AS address`;
  return prepared<FailedLine>("find_failed_of_user", newest(userId, { events: FAILED, since, size }, columns));
}

type Wanted = { events: string[]; since: Date; size: number };

/** The newest lines of each of these events, by the whole key of an index: see `findLines`. */
function newest(userId: string, { events, since, size }: Wanted, columns: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT ${columns} FROM unnest(${events}::text[]) AS e (event)
     CROSS JOIN LATERAL (
       SELECT * FROM ledger l
        WHERE (l.user_id, l.event, l.at) >= (${userId}::uuid, e.event, ${since}::timestamptz)
          AND (l.user_id, l.event, l.at) <= (${userId}::uuid, e.event, 'infinity'::timestamptz)
        ORDER BY l.user_id DESC, l.event DESC, l.at DESC, l.id DESC LIMIT ${size}) AS l
     ORDER BY l.at DESC, l.id DESC LIMIT ${size}`;
}

/**
 * How these sessions of a user began, and when the user confirmed who they are in them since a moment. Throws an Outage.
 *
 * OFFSET 0 keeps Postgres from searching the user's lines instead of those of the sessions.
 */
export async function findBeginnings(userId: string, handles: string[], since: Date): Promise<Map<string, Beginning>> {
  if (handles.length === 0) return new Map();
  const isConfirmation = Prisma.sql`reason IS NOT DISTINCT FROM 'confirm'`;
  const found = await prepared<Beginning>(
    "find_beginnings_of_sessions",
    Prisma.sql`
      SELECT handle, min(at) FILTER (WHERE NOT ${isConfirmation}) AS at,
             min(user_agent) FILTER (WHERE NOT ${isConfirmation}) AS "userAgent",
             coalesce((array_agg(extract(epoch FROM at)::float8 * 1000 ORDER BY at DESC)
                        FILTER (WHERE ${isConfirmation} AND at >= ${since}::timestamptz))[1:${MOST_CONFIRMATIONS}], '{}') AS confirmations
        FROM ((SELECT l.session_handle AS handle, l.user_id, l.at, l.reason, l.user_agent FROM ledger l
                WHERE l.session_handle = ANY(${handles}::uuid[])
                  AND l.event IN ('authn_login_success', 'authn_login_successafterfail') OFFSET 0)
              UNION ALL
              SELECT l.session_handle, l.user_id, l.at, l.reason, l.user_agent FROM ledger l
               WHERE l.user_id = ${userId}::uuid AND l.event = 'session_created' AND l.session_handle = ANY(${handles}::uuid[])) AS lines
       WHERE user_id = ${userId}::uuid GROUP BY handle`,
  );
  return new Map(found.map((each) => [each.handle, { ...each, confirmations: each.confirmations.reverse() }]));
}
