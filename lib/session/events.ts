import { Prisma } from "@/prisma/client/client";

/** The Postgres channel on which instances notify each other of changes. */
export const CHANNEL = "latchkey";

/** The channel on which instances ask each other about the pages that are open with them (server/events). */
export const PAGES_CHANNEL = "latchkey_pages";

/**
 * A change: the user's id, and the handles of the ended sessions. Null means too many to list: check each session.
 * `receipt` is the key under which the pages of these sessions confirm that they are blank, or null.
 */
export type Announcement = { user: string; ended: string[] | null; receipt: string | null };

/** The maximum of handles in one announcement: Postgres limits its payload to 8,000 bytes. */
const FITTING = 150;

/**
 * Announces ended sessions, in a statement with `user_id` and `session_handle` that is grouped by `user_id`. Nothing is
 * announced for a sweep (`by` is null): the pages know themselves when their session expires.
 */
export function announcedEnd(by: { userId?: string | null; receipt?: string } | null): Prisma.Sql {
  if (by === null) return Prisma.sql`NULL`;
  const receipt = by.userId && by.receipt ? receiptKey(by.userId, by.receipt) : null;
  return Prisma.sql`
    pg_notify(${CHANNEL}, json_build_object('user', user_id, 'receipt', ${receipt}::text,
      'ended', CASE WHEN count(*) <= ${FITTING}::int THEN json_agg(session_handle) END)::text)::text`;
}

/** A column that notifies all instances of a change to a user's account, for a statement that returns one row. */
export function announced(userId: string): Prisma.Sql {
  const announcement: Announcement = { user: userId, ended: [], receipt: null };
  return Prisma.sql`pg_notify(${CHANNEL}, ${JSON.stringify(announcement)})::text AS announced`;
}

/**
 * The key of the receipts for one act of logging sessions out. It contains the user who acted, so that nobody else
 * can ask for them.
 */
export function receiptKey(userId: string, receipt: string): string {
  return `${userId}/${receipt}`;
}
