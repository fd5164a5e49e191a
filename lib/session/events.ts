import { Prisma } from "@/prisma/client/client";

/** The channel of Postgres on which instances tell each other what has changed. */
export const CHANNEL = "latchkey";

/** What is told: whose account it concerns, and which of its sessions have ended; null for so many that each should look. */
export type Announcement = { user: string; ended: string[] | null };

/** Handles that fit into one announcement: Postgres takes 8,000 bytes. */
const FITTING = 150;

/** The announcement of ended sessions, in a statement that selects `user_id` and `session_handle` and groups by the first. */
export const ENDED = Prisma.sql`
  json_build_object('user', user_id, 'ended', CASE WHEN count(*) <= ${FITTING}::int THEN json_agg(session_handle) END)::text`;

/** Tells all instances that something about an account has changed: a column of a statement that has one row to return. */
export function announced(userId: string): Prisma.Sql {
  const announcement: Announcement = { user: userId, ended: [] };
  return Prisma.sql`pg_notify(${CHANNEL}, ${JSON.stringify(announcement)})::text AS announced`;
}
