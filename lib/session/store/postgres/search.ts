import { countRows } from "@/lib/capped-count";
import { clock, db, prepared } from "@/lib/db";
import { readBrowser } from "@/lib/http/user-agent";
import type { Extent, Position, SelectedSession, Selection } from "@/lib/session/store/contract";
import { positionText } from "@/lib/session/store/position";
import { Prisma } from "@/prisma/client/client";
import { isNotOver } from "./lifetime";

/**
 * SQL for the condition that a session `s` is active: not expired, and its user `u` not disabled.
 * `u` may come from a left join that finds only administrators and disabled users.
 */
function isActive(): Prisma.Sql {
  return Prisma.sql`u.disabled_at IS NULL AND ${isNotOver()}`;
}

/** SQL for the condition that a session `s` of a user `u` is selected. */
export function isSelected({
  userId,
  handles,
  address,
  before,
  until,
  usedSince,
  bound,
  except,
}: Selection): Prisma.Sql {
  const conditions = [isActive()];
  if (userId !== undefined) conditions.push(Prisma.sql`s.user_id = ${userId}::uuid`);
  if (handles !== undefined) conditions.push(Prisma.sql`s.handle = ANY(${handles}::uuid[])`);
  if (address !== undefined)
    conditions.push(Prisma.sql`(s.ip_address <<= ${address}::inet OR s.last_ip_address <<= ${address}::inet)`);
  if (before !== undefined) conditions.push(Prisma.sql`s.created_at < ${before}`);
  if (until !== undefined) conditions.push(Prisma.sql`s.created_at <= ${until}`);
  if (usedSince !== undefined) conditions.push(Prisma.sql`s.last_seen_at > ${usedSince}`);
  if (bound !== undefined) conditions.push(Prisma.sql`(s.bound_at IS NOT NULL) = ${bound}`);
  if (except !== undefined) conditions.push(Prisma.sql`s.handle <> ${except}::uuid`);
  return Prisma.join(conditions, " AND ");
}

type Row = {
  handle: string;
  userId: string;
  email: string;
  userName: string;
  publicComputer: boolean;
  demonstration: boolean;
  userAgent: string | null;
  firstAddress: string | null;
  lastAddress: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  boundAt: Date | null;
};

/** A page of selected sessions after a position, and where the next page begins: see SessionStore. Throws an Outage. */
export async function search(
  selection: Selection,
  after: Position | null,
  size = 50,
  first: "newest" | "oldest" = "newest",
): Promise<{ sessions: SelectedSession[]; next: string | null }> {
  const [is, direction] = first === "newest" ? [Prisma.sql`<`, Prisma.sql`DESC`] : [Prisma.sql`>`, Prisma.sql`ASC`];
  const rest = after
    ? Prisma.sql`AND (s.created_at, s.handle) ${is} (${after.createdAt}, ${after.handle}::uuid)`
    : Prisma.empty;
  const rows = await db().$queryRaw<Row[]>`
    SELECT s.handle, s.user_id AS "userId", u.email, u.name AS "userName", s.public_computer AS "publicComputer",
           s.demonstration, s.user_agent AS "userAgent", host(s.ip_address) AS "firstAddress", host(s.last_ip_address) AS "lastAddress",
           s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.bound_at AS "boundAt"
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE ${isSelected(selection)} ${rest}
     ORDER BY s.created_at ${direction}, s.handle ${direction} LIMIT ${size + 1}`;

  const last = rows.length > size ? rows[size - 1] : null;
  return { sessions: rows.slice(0, size).map(show), next: last ? positionText(last) : null };
}

function show({ userAgent, createdAt, lastSeenAt, boundAt, ...row }: Row): SelectedSession {
  const times = { since: createdAt.toISOString(), lastSeen: lastSeenAt.toISOString() };
  return { ...row, ...readBrowser(userAgent), ...times, boundAt: boundAt?.toISOString() ?? null };
}

/** The number of selected sessions, counted up to `COUNTED`. Throws an Outage. */
export async function count(selection: Selection): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE ${isSelected(selection)}`);
}

/** Counts the selected sessions at a moment, without an upper limit: see SessionStore. Throws an Outage. */
export async function measure(selection: Selection, until?: Date): Promise<Extent & { until: Date }> {
  const moment = until ?? (await clock());
  const [extent] = await db().$queryRaw<Extent[]>`
    SELECT coalesce(sum(sessions), 0)::int AS sessions, count(*) FILTER (WHERE sessions > 0)::int AS people,
           coalesce(sum(newer), 0)::int AS newer
      FROM (SELECT count(*) FILTER (WHERE s.created_at <= ${moment}) AS sessions,
                   count(*) FILTER (WHERE s.created_at > ${moment}) AS newer
              FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE ${isSelected(selection)} GROUP BY s.user_id) AS people`;
  return { sessions: 0, people: 0, newer: 0, ...extent, until: moment };
}

/** Pages of the table per counting statement: about 100,000 sessions, a small part of the statement timeout. */
const PAGES = 4000;

/** The number of active sessions of all users, counted in steps of `pages` table pages. Throws an Outage. */
export async function countActive(pages = PAGES): Promise<number> {
  const [table] = await prepared<{ pages: number }>(
    null,
    Prisma.sql`SELECT (pg_relation_size('sessions') / current_setting('block_size')::bigint)::int AS pages`,
  );
  let count = 0;
  for (let first = 0; first < (table?.pages ?? 0); first += pages) {
    const [row] = await prepared<{ count: number }>(
      null,
      Prisma.sql`
      SELECT count(*)::int AS count
        FROM sessions s LEFT JOIN users u ON u.id = s.user_id AND (u.role = 'admin' OR u.disabled_at IS NOT NULL)
       WHERE s.ctid >= ${`(${first},0)`}::tid AND s.ctid < ${`(${first + pages},0)`}::tid AND ${isActive()}`,
    );
    count += row?.count ?? 0;
  }
  return count;
}
