// Reads lines of the ledger, newest first. Every query has an index made for it.

import { COUNTED, countRows } from "@/lib/capped-count";
import { prepared } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** The kinds of lines by which a user can filter, with their events. */
const KINDS = {
  "sign-ins": [
    "authn_login_success",
    "authn_login_successafterfail",
    "authn_impossible_travel",
    "session_created",
    "session_renewed",
  ],
  failures: ["authn_login_fail", "authn_login_fail_max", "authn_token_reuse", "authz_fail"],
  endings: ["session_expired"],
  changes: ["authn_password_change", "user_created", "user_updated", "user_deleted", "authz_change", "authz_admin"],
};

export type Kind = keyof typeof KINDS;

export const ALL_KINDS = Object.keys(KINDS) as Kind[];

/** The kind in a query parameter, or null for all kinds. */
export function parseKind(text: unknown): Kind | null {
  return typeof text === "string" && Object.hasOwn(KINDS, text) ? (text as Kind) : null;
}

/** The kind of an event. */
export function kindOf(event: string): Kind {
  const [kind] = Object.entries(KINDS).find(([, events]) => events.includes(event)) ?? ["changes"];
  return kind as Kind;
}

/** The columns that we read of a line. The id is a 64-bit number as text. */
export type Line = {
  id: string;
  at: Date;
  event: string;
  reason: string | null;
  note: string | null;
  detail: string | null;
  userId: string | null;
  byUserId: string | null;
  sessionHandle: string | null;
  userAgent: string | null;
  ipAddress: string | null;
  /** The browser of the session that ended, as it described itself at log-in. */
  endedBrowser: string | null;
  /** Whether the session that ended was a demonstration. */
  isOfDemonstration: boolean;
};

const COLUMNS = Prisma.sql`
  l.id, l.at, l.event, l.reason, l.note, l.detail, l.user_id AS "userId", l.by_user_id AS "byUserId",
  l.session_handle AS "sessionHandle", l.user_agent AS "userAgent", host(l.ip_address) AS "ipAddress"`;

/** The largest possible number of a line. */
const LAST = 2n ** 63n - 1n;

/** What lines have in common. Everything is optional. */
export type LineFilter = {
  kind?: Kind | null;
  /** The client's address, or a range in CIDR notation. */
  address?: string | null;
  /** From this moment on, and before that one. */
  since?: Date | null;
  until?: Date | null;
};

/** Selects the lines that match a filter, below the line `before` and above the line `after`. */
export type Range = LineFilter & { before: bigint | null; after?: bigint };

/**
 * The lines of one user, or of all users with null.
 *
 * Each statement reads no more of an index than it returns. To do so, it compares and sorts by the
 * whole key of the index. With `user_id = …` alone, Postgres would conclude that most of the newest
 * lines belong to this user, and scan the newest lines of all users.
 */
export async function findLines(
  userId: string | null,
  { kind = null, before, after, address = null, since = null, until = null }: Range,
  size: number,
): Promise<{ lines: Line[]; next: string | null }> {
  const events = kind ? KINDS[kind] : Object.values(KINDS).flat();
  const place = address === null ? null : await placeOf(address, { userId, events });
  const isByEvent = place === "one" || (kind !== null && place !== "few");
  const keys = [
    userId && { column: Prisma.sql`l.user_id`, value: Prisma.sql`${userId}::uuid` },
    isByEvent && { column: Prisma.sql`l.event`, value: Prisma.sql`e.event` },
    place === "one" && { column: Prisma.sql`l.ip_address`, value: Prisma.sql`${address}::inet` },
  ].filter((key) => key !== null && key !== false && key !== "");
  const key = Prisma.join([...keys.map(({ column }) => column), Prisma.sql`l.at, l.id`]);
  const value = (at: Prisma.Sql) => Prisma.join([...keys.map(({ value }) => value), at]);
  const { start, end } = boundsOf({ before, since, until });
  const conditions = [
    // A confirmation is not a log-in.
    kind === "sign-ins" && Prisma.sql`AND l.reason IS DISTINCT FROM 'confirm'`,
    !isByEvent && Prisma.sql`AND l.event = ANY(${events}::text[])`,
    (place === "many" || place === "any") && Prisma.sql`AND ${isWithin(String(address))}`,
  ].filter((condition) => condition !== null && condition !== false);
  const newest = (columns: Prisma.Sql) => Prisma.sql`
    SELECT ${columns} FROM ${sourceOf({ after, few: place === "few" ? isFrom(String(address), events) : null })} AS l
     WHERE (${key}) >= (${value(start)}) AND (${key}) < (${value(end)})
       ${Prisma.join(conditions.length > 0 ? conditions : [Prisma.empty], " ")}
     ORDER BY ${Prisma.join([...keys.map(({ column }) => Prisma.sql`${column} DESC`), Prisma.sql`l.at DESC, l.id DESC`])}
     LIMIT ${size + 1}`;

  const parts = [
    userId && "user",
    kind,
    before && "before",
    until && "until",
    after && "after",
    since && "since",
    place,
  ];
  const name = place === "many" ? null : `find_lines_by_${parts.filter(Boolean).join("_")}`;
  const found = await prepared<Line>(
    name,
    withEndedBrowsers(
      isByEvent
        ? Prisma.sql`
            SELECT ${COLUMNS} FROM unnest(${events}::text[]) AS e (event)
             CROSS JOIN LATERAL (${newest(Prisma.sql`l.*`)}) AS l
             ORDER BY l.at DESC, l.id DESC LIMIT ${size + 1}`
        : newest(COLUMNS),
    ),
  );
  const lines = found.slice(0, size);
  return { lines, next: found.length > size ? (lines.at(-1)?.id ?? null) : null };
}

/** SQL for a user's newest lines of all kinds: see `findLines`. */
export function newestLines(userId: Prisma.Sql, size: number): Prisma.Sql {
  return withEndedBrowsers(Prisma.sql`
    SELECT ${COLUMNS} FROM ledger l
     WHERE (l.user_id, l.at, l.id) >= (${userId}, '-infinity'::timestamptz, 0)
       AND (l.user_id, l.at, l.id) < (${userId}, 'infinity'::timestamptz, ${LAST}::bigint)
       AND l.event = ANY(${Object.values(KINDS).flat()}::text[])
     ORDER BY l.user_id DESC, l.at DESC, l.id DESC LIMIT ${size}`);
}

/** The first time and id that lines can have, and the one that ends them, in SQL. */
function boundsOf({ before, since, until }: Pick<Range, "before" | "since" | "until">) {
  const start = since ? Prisma.sql`${since}::timestamptz, 0` : Prisma.sql`'-infinity'::timestamptz, 0`;
  if (before && until) {
    const limit = Prisma.sql`${until}::timestamptz`;
    // No line has the number 0, so the moment `until` itself is excluded.
    const end = Prisma.sql`(SELECT LEAST(p.at, ${limit}) FROM ledger p WHERE p.id = ${before}),
                           (SELECT CASE WHEN p.at < ${limit} THEN p.id ELSE 0 END FROM ledger p WHERE p.id = ${before})`;
    return { start, end };
  }
  if (before) return { start, end: Prisma.sql`(SELECT p.at FROM ledger p WHERE p.id = ${before}), ${before}::bigint` };
  if (until) return { start, end: Prisma.sql`${until}::timestamptz, 0` };
  return { start, end: Prisma.sql`'infinity'::timestamptz, ${LAST}::bigint` };
}

/**
 * How to find the lines from an address. Those from "one" address are in order in an index, event by event. Those from
 * a range are not, and are sorted when they are "few". "many" are among the newest lines anyway, which Postgres then searches. With a user,
 * the user's lines are searched ("any").
 */
async function placeOf(
  address: string,
  { userId, events }: { userId: string | null; events: string[] },
): Promise<"one" | "few" | "many" | "any"> {
  if (userId) return "any";
  if (!address.includes("/")) return "one";
  const count = await countRows(Prisma.sql`SELECT FROM ledger l WHERE ${isFrom(address, events)}`);
  return count > COUNTED ? "many" : "few";
}

/** The condition that a line is of one of these events, and from a range of addresses: both by one index. */
function isFrom(range: string, events: string[]): Prisma.Sql {
  return Prisma.sql`l.event = ANY(${events}::text[]) AND ${isWithin(range)}`;
}

/** The condition that a line is from a range of addresses, as bounds of an index, which holds for shortened ones, too. */
function isWithin(range: string): Prisma.Sql {
  return Prisma.sql`
    (l.ip_address >= network(${range}::inet)
     AND l.ip_address <= set_masklen(broadcast(${range}::inet), CASE family(${range}::inet) WHEN 4 THEN 32 ELSE 128 END))`;
}

/** Where to read lines from. OFFSET 0 keeps Postgres from searching the newest lines of all instead. */
function sourceOf({ after, few }: { after: bigint | undefined; few: Prisma.Sql | null }): Prisma.Sql {
  // The lines after a given one are few. Their numbers find them fastest.
  if (after) return Prisma.sql`(SELECT * FROM ledger WHERE id > ${after} ORDER BY id OFFSET 0)`;
  return few === null ? Prisma.sql`ledger` : Prisma.sql`(SELECT * FROM ledger l WHERE ${few} OFFSET 0)`;
}

/** Adds, to lines of ended sessions, the browser of the session, and whether it was a demonstration. The line of its start has it. */
function withEndedBrowsers(lines: Prisma.Sql): Prisma.Sql {
  const isItsStart = Prisma.sql`b.session_handle = l."sessionHandle"`;
  return Prisma.sql`
    SELECT l.*, start.browser AS "endedBrowser", coalesce(start.demonstration, false) AS "isOfDemonstration"
      FROM (${lines}) AS l
      LEFT JOIN LATERAL (
        SELECT b.user_agent AS browser, false AS demonstration FROM ledger b
         WHERE ${isItsStart} AND b.event IN ('authn_login_success', 'authn_login_successafterfail')
        UNION ALL
        SELECT b.user_agent, true FROM ledger b
         WHERE ${isItsStart} AND b.event = 'session_created' AND b.user_id = l."userId"
         LIMIT 1) AS start ON l.event = 'session_expired'
     ORDER BY l.at DESC, l.id DESC`;
}

/** The number of a user's lines among which we look for their browsers. */
const LINES_WITH_BROWSERS = 1000;

/** The browsers of a user's latest lines, as they described themselves. Not those of administrators, which users must not see. */
export async function findBrowsers(userId: string): Promise<string[]> {
  const found = await prepared<{ userAgent: string }>(
    "find_browsers_of_user",
    Prisma.sql`
      SELECT DISTINCT user_agent AS "userAgent" FROM (
        SELECT * FROM ledger l
         WHERE (l.user_id, l.at, l.id) >= (${userId}::uuid, '-infinity'::timestamptz, 0)
           AND (l.user_id, l.at, l.id) < (${userId}::uuid, 'infinity'::timestamptz, ${LAST}::bigint)
         ORDER BY l.user_id DESC, l.at DESC, l.id DESC LIMIT ${LINES_WITH_BROWSERS}) AS latest
       WHERE user_agent IS NOT NULL AND note IS NULL AND (by_user_id IS NULL OR by_user_id = user_id)`,
  );
  return found.map(({ userAgent }) => userAgent);
}
