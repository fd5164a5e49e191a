import { countRows } from "@/lib/capped-count";
import { clock, type Database, db, transaction } from "@/lib/db";
import { type DescribedBrowser, readBrowser } from "@/lib/http/user-agent";
import { Prisma } from "@/prisma/client/client";
import type { EndReason } from "./ending";
import { type Ender, end, lifetimeInSql } from "./store";

/** Which sessions are meant: of those that live, the ones to which all that is given applies. Nothing given means all. */
export type Selection = {
  userId?: string | undefined;
  handle?: string | undefined;
  /** An address, or a range in CIDR notation: of where somebody logged in, or where the session was used last. */
  address?: string | undefined;
  /** Logged in before this. */
  before?: Date | undefined;
  /** Logged in at this moment or before. */
  until?: Date | undefined;
  /** The handle of one that is not meant, whatever else applies to it. */
  except?: string | undefined;
};

/** A session as an administrator sees it: times as ISO 8601, and no secret. */
export type SelectedSession = DescribedBrowser & {
  handle: string;
  userId: string;
  email: string;
  userName: string;
  publicComputer: boolean;
  firstAddress: string | null;
  lastAddress: string | null;
  since: string;
  lastSeen: string;
};

/** Sessions looked at in one statement when many are to be ended. */
const BATCH = 2000;

/**
 * The condition that a session `s` lives: by both lifetimes, and its user may log
 * in. Of users `u` it is enough to join administrators and who is disabled.
 */
function lives(): Prisma.Sql {
  return Prisma.sql`
    u.disabled_at IS NULL AND s.last_seen_at > now() - ${lifetimeInSql("idle")} AND s.created_at > now() - ${lifetimeInSql("total")}`;
}

function isMeant({ userId, handle, address, before, until, except }: Selection): Prisma.Sql {
  const conditions = [lives()];
  if (userId !== undefined) conditions.push(Prisma.sql`s.user_id = ${userId}::uuid`);
  if (handle !== undefined) conditions.push(Prisma.sql`s.handle = ${handle}::uuid`);
  if (address !== undefined)
    conditions.push(Prisma.sql`(s.ip_address <<= ${address}::inet OR s.last_ip_address <<= ${address}::inet)`);
  if (before !== undefined) conditions.push(Prisma.sql`s.created_at < ${before}`);
  if (until !== undefined) conditions.push(Prisma.sql`s.created_at <= ${until}`);
  if (except !== undefined) conditions.push(Prisma.sql`s.handle <> ${except}::uuid`);
  return Prisma.join(conditions, " AND ");
}

type Row = {
  handle: string;
  userId: string;
  email: string;
  userName: string;
  publicComputer: boolean;
  userAgent: string | null;
  firstAddress: string | null;
  lastAddress: string | null;
  createdAt: Date;
  lastSeenAt: Date;
};

/** The meant sessions, newest log-in first, from after the one that `after` points to; and where the next page begins. Throws an Outage. */
export async function listSelected(
  selection: Selection,
  after: Position | null,
  size = 50,
): Promise<{ sessions: SelectedSession[]; next: string | null }> {
  const rest = after
    ? Prisma.sql`AND (s.created_at, s.handle) < (${after.createdAt}, ${after.handle}::uuid)`
    : Prisma.empty;
  const rows = await db().$queryRaw<Row[]>`
    SELECT s.handle, s.user_id AS "userId", u.email, u.name AS "userName", s.public_computer AS "publicComputer",
           s.user_agent AS "userAgent", host(s.ip_address) AS "firstAddress", host(s.last_ip_address) AS "lastAddress",
           s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt"
      FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE ${isMeant(selection)} ${rest}
     ORDER BY s.created_at DESC, s.handle DESC LIMIT ${size + 1}`;

  const last = rows.length > size ? rows[size - 1] : null;
  return { sessions: rows.slice(0, size).map(show), next: last ? positionText(last) : null };
}

function show({ userAgent, createdAt, lastSeenAt, ...row }: Row): SelectedSession {
  return { ...row, ...readBrowser(userAgent), since: createdAt.toISOString(), lastSeen: lastSeenAt.toISOString() };
}

/** Where a page of sessions ends: the time of the log-in, and the handle. */
export type Position = { createdAt: Date; handle: string };

function positionText({ createdAt, handle }: Position): string {
  return `${createdAt.getTime()}.${handle}`;
}

/** The position that an address names, or null. */
export function parsePosition(text: unknown): Position | null {
  const [, time, handle] = /^(\d{1,14})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(String(text ?? "")) ?? [];
  return time && handle ? { createdAt: new Date(Number(time)), handle } : null;
}

/** How many sessions are meant; more than `COUNTED` are not counted. Throws an Outage. */
export async function countSelected(selection: Selection): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE ${isMeant(selection)}`);
}

/** What a selection comes to: of sessions that were there at a moment, how many, and of how many people; and how many came later. */
export type Extent = { sessions: number; people: number; newer: number };

/** Counts exactly what is meant, as of `until`, which is now unless it says otherwise. Throws an Outage. */
export async function measure(selection: Selection, until?: Date): Promise<Extent & { until: Date }> {
  const moment = until ?? (await clock());
  const [extent] = await db().$queryRaw<Extent[]>`
    SELECT coalesce(sum(sessions), 0)::int AS sessions, count(*) FILTER (WHERE sessions > 0)::int AS people,
           coalesce(sum(newer), 0)::int AS newer
      FROM (SELECT count(*) FILTER (WHERE s.created_at <= ${moment}) AS sessions,
                   count(*) FILTER (WHERE s.created_at > ${moment}) AS newer
              FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE ${isMeant(selection)} GROUP BY s.user_id) AS people`;
  return { sessions: 0, people: 0, newer: 0, ...extent, until: moment };
}

/** Pages of the table that are counted in one statement: 100,000 sessions or so, which takes a small part of its time limit. */
const PAGES = 4000;

/** How many sessions live, all of them, counted `pages` of their table at a time. Throws an Outage. */
export async function countActive(pages = PAGES): Promise<number> {
  const [table] = await db().$queryRaw<{ pages: number }[]>`
    SELECT (pg_relation_size('sessions') / current_setting('block_size')::bigint)::int AS pages`;
  let count = 0;
  for (let first = 0; first < (table?.pages ?? 0); first += pages) {
    const [row] = await db().$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count
        FROM sessions s LEFT JOIN users u ON u.id = s.user_id AND (u.role = 'admin' OR u.disabled_at IS NOT NULL)
       WHERE s.ctid >= ${`(${first},0)`}::tid AND s.ctid < ${`(${first + pages},0)`}::tid AND ${lives()}`;
    count += row?.count ?? 0;
  }
  return count;
}

/**
 * Ends the meant sessions, of those that there are when it begins, and returns
 * how many; however many, it never holds up those who use the others. Throws an
 * Outage; what was ended by then stays ended, so that it can be done again.
 */
export async function endSelected(selection: Selection, reason: EndReason, by: Ender): Promise<number> {
  if (selection.userId !== undefined || selection.handle !== undefined) {
    return transaction((tx) => end(tx, those(Prisma.sql`sessions`, selection, reason), by));
  }
  const until = await clock();
  // Whoever is held by somebody else at that moment is left for a second time, when there are few to wait for.
  const atOnce = await endInBatches(selection, reason, by, { until, isPatient: false });
  return atOnce + (await endInBatches(selection, reason, by, { until, isPatient: true }));
}

type Manner = { until: Date; isPatient: boolean };
type Place = { createdAt: Date; tokenHash: Uint8Array };

async function endInBatches(selection: Selection, reason: EndReason, by: Ender, manner: Manner): Promise<number> {
  let ended = 0;
  let place: Place | null = { createdAt: new Date(0), tokenHash: new Uint8Array() };
  while (place) {
    const batch = batchAfter(place, manner.until);
    const [next, count]: [Place | null, number] = await transaction(async (tx) => [
      await lastOf(tx, batch),
      await end(tx, those(Prisma.sql`(${batch})`, selection, reason, manner), by),
    ]);
    ended += count;
    place = next;
  }
  return ended;
}

/** The next sessions in the order of their log-ins, meant or not: so that a statement never takes long. */
function batchAfter({ createdAt, tokenHash }: Place, until: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT * FROM sessions
     WHERE (created_at, token_hash) > (${createdAt}, ${tokenHash}) AND created_at BETWEEN ${createdAt} AND ${until}
     ORDER BY created_at, token_hash LIMIT ${BATCH}`;
}

/** Where a batch ends; null when it is the last. */
async function lastOf(tx: Database, batch: Prisma.Sql): Promise<Place | null> {
  const [last] = await tx.$queryRaw<(Place & { isFull: boolean })[]>`
    SELECT created_at AS "createdAt", token_hash AS "tokenHash", count(*) OVER () = ${BATCH} AS "isFull"
      FROM (${batch}) AS batch ORDER BY created_at DESC, token_hash DESC LIMIT 1`;
  return last?.isFull ? last : null;
}

/** The sessions to be ended, as `end` wants them named. */
function those(
  source: Prisma.Sql,
  selection: Selection,
  reason: EndReason,
  { isPatient } = { isPatient: true },
): Prisma.Sql {
  const lock = isPatient ? Prisma.sql`FOR UPDATE OF s` : Prisma.sql`FOR UPDATE OF s SKIP LOCKED`;
  return Prisma.sql`
    SELECT s.token_hash, ${reason}::text AS reason
      FROM sessions s JOIN ${source} AS batch ON batch.token_hash = s.token_hash JOIN users u ON u.id = s.user_id
     WHERE ${isMeant(selection)}
     ORDER BY s.created_at, s.token_hash ${lock}`;
}
