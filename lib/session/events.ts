import { Prisma } from "@/prisma/client/client";

/** The Postgres channel on which instances notify each other of changes. */
export const CHANNEL = "latchkey";

/** A change: the user's id, and the handles of the ended sessions. Null means too many to list: check each session. */
export type Announcement = { user: string; ended: string[] | null };

/** The maximum of handles in one announcement: Postgres limits its payload to 8,000 bytes. */
const FITTING = 150;

/** An announcement of ended sessions, for a statement with `user_id` and `session_handle`, grouped by `user_id`. */
export const ENDED = Prisma.sql`
  json_build_object('user', user_id, 'ended', CASE WHEN count(*) <= ${FITTING}::int THEN json_agg(session_handle) END)::text`;

/** A column that notifies all instances of a change to a user's account, for a statement that returns one row. */
export function announced(userId: string): Prisma.Sql {
  const announcement: Announcement = { user: userId, ended: [] };
  return Prisma.sql`pg_notify(${CHANNEL}, ${JSON.stringify(announcement)})::text AS announced`;
}
