// Reads lines of the ledger, newest first, by the indexes that are there for it.

import { prepared } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** Kinds of lines that a person may want to see alone, with the events of each. */
const KINDS = {
  "sign-ins": ["authn_login_success", "authn_login_successafterfail"],
  failures: ["authn_login_fail", "authn_login_fail_max", "authz_fail"],
  endings: ["session_expired"],
  changes: ["authn_password_change", "user_created", "user_updated", "user_deleted", "authz_change", "authz_admin"],
};

export type Kind = keyof typeof KINDS;

/** What there is to choose from. */
export const ALL_KINDS = Object.keys(KINDS) as Kind[];

/** The kind that an address asks for, or null for all. */
export function parseKind(text: unknown): Kind | null {
  return typeof text === "string" && Object.hasOwn(KINDS, text) ? (text as Kind) : null;
}

/** The kind that an event is of. */
export function kindOf(event: string): Kind {
  const [kind] = Object.entries(KINDS).find(([, events]) => events.includes(event)) ?? ["changes"];
  return kind as Kind;
}

/** What is read of a line. The id is a 64-bit number as text. */
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
  /** The browser of the session that ended, as it claimed when it logged in. */
  endedBrowser?: string | null;
};

/** No line has a larger number. */
const LAST = 2n ** 63n - 1n;

/** Lines of a kind, or with null of all; below the line `before`, and above the line `after`. */
export type Range = { kind: Kind | null; before: bigint | null; after?: bigint };

/**
 * The lines of one user, or with null of all. Each statement reads no more of an index
 * than it returns: the key of the index is compared and sorted by as a whole, because
 * of `user_id = …` alone Postgres would conclude that the newest lines of all are
 * mostly this user's, and go through them.
 */
export async function findLines(
  userId: string | null,
  { kind, before, after }: Range,
  size: number,
): Promise<{ lines: Line[]; next: string | null }> {
  const events = kind ? KINDS[kind] : Object.values(KINDS).flat();
  const keys = [
    userId && { column: Prisma.sql`l.user_id`, value: Prisma.sql`${userId}::uuid` },
    kind && { column: Prisma.sql`l.event`, value: Prisma.sql`e.event` },
  ].filter((key) => key !== null && key !== "");
  const key = Prisma.join([...keys.map(({ column }) => column), Prisma.sql`l.at, l.id`]);
  const value = (at: Prisma.Sql) => Prisma.join([...keys.map(({ value }) => value), at]);
  const end = before
    ? Prisma.sql`(SELECT p.at FROM ledger p WHERE p.id = ${before}), ${before}::bigint`
    : Prisma.sql`'infinity'::timestamptz, ${LAST}::bigint`;
  // To enter the password again is no sign-in.
  const isSignIn = kind === "sign-ins" ? Prisma.sql`AND l.reason IS DISTINCT FROM 'confirm'` : Prisma.empty;
  const condition = kind ? isSignIn : Prisma.sql`AND l.event = ANY(${events}::text[])`;
  // Of the few lines after another one the order of their numbers leads there.
  const source = after
    ? Prisma.sql`(SELECT * FROM ledger WHERE id > ${after} ORDER BY id OFFSET 0)`
    : Prisma.sql`ledger`;
  const newest = (columns: Prisma.Sql) => Prisma.sql`
    SELECT ${columns} FROM ${source} AS l
     WHERE (${key}) >= (${value(Prisma.sql`'-infinity'::timestamptz, 0`)}) AND (${key}) < (${value(end)})
       ${condition}
     ORDER BY ${Prisma.join([...keys.map(({ column }) => Prisma.sql`${column} DESC`), Prisma.sql`l.at DESC, l.id DESC`])}
     LIMIT ${size + 1}`;

  const columns = Prisma.sql`
    l.id, l.at, l.event, l.reason, l.note, l.detail, l.user_id AS "userId", l.by_user_id AS "byUserId",
    l.session_handle AS "sessionHandle", l.user_agent AS "userAgent", host(l.ip_address) AS "ipAddress"`;
  const name = [userId && "user", kind, before && "before", after && "after"].filter(Boolean).join("_");
  const found = await prepared<Line>(
    `find_lines_by_${name}`,
    kind
      ? Prisma.sql`
          SELECT ${columns} FROM unnest(${events}::text[]) AS e (event)
           CROSS JOIN LATERAL (${newest(Prisma.sql`l.*`)}) AS l
           ORDER BY l.at DESC, l.id DESC LIMIT ${size + 1}`
      : newest(columns),
  );
  const lines = await withEndedBrowsers(found.slice(0, size));
  return { lines, next: found.length > size ? (lines.at(-1)?.id ?? null) : null };
}

/** The lines, those of ended sessions with the browser that the session was in: the line of its log-in tells. */
async function withEndedBrowsers(lines: Line[]): Promise<Line[]> {
  const handles = lines.flatMap(({ event, sessionHandle }) => (event === "session_expired" && sessionHandle) || []);
  if (handles.length === 0) return lines;

  const found = await prepared<{ handle: string; userAgent: string | null }>(
    "find_browsers_of_sessions",
    Prisma.sql`
      SELECT DISTINCT session_handle AS handle, user_agent AS "userAgent" FROM ledger
       WHERE session_handle = ANY(${handles}::uuid[])
         AND event IN ('authn_login_success', 'authn_login_successafterfail')`,
  );
  const browsers = new Map(found.map(({ handle, userAgent }) => [handle, userAgent]));
  return lines.map((line) => ({ ...line, endedBrowser: browsers.get(line.sessionHandle ?? "") ?? null }));
}
