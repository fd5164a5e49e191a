import { db, prepared } from "@/lib/db";
import { describeBrowser, readBrowser } from "@/lib/http/user-agent";
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

/** A line of the ledger as the person that it concerns reads it. */
export type Entry = {
  id: string;
  /** As ISO 8601. */
  at: string;
  kind: Kind;
  event: string;
  what: string;
  /** Who did it. */
  by: "you" | "somebody" | "somebody else" | "an administrator" | "Latchkey";
  /** Why, as the administrator who did it wrote. */
  note: string | null;
  browser: string | null;
  system: string | null;
  address: string | null;
};

/** What is read of a line. The id is a 64-bit number as text. */
type Line = {
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

/** Entries on one page. */
const PAGE = 50;

/** Lines of a kind, or with null of all; below the line `before`, and above the line `after`. */
type Range = { kind: Kind | null; before: bigint | null; after?: bigint };
type Page<T> = { entries: T[]; next: string | null };

/** A user's entries, newest first, from below the line `before`; with the cursor of the next page, if there is one. Throws an Outage. */
export async function listActivity(userId: string, range: Range, size = PAGE): Promise<Page<Entry>> {
  const { lines, next } = await findLines(userId, range, size);
  return { entries: lines.map(ownEntry), next };
}

/** An entry for the person that it concerns, who is not told where administrators are. */
function ownEntry(line: Line): Entry {
  const shown = entry(line);
  return shown.by === "an administrator" ? { ...shown, browser: null, system: null, address: null } : shown;
}

/** An entry as administrators read it: whom it concerns, and who did it, by the addresses that they have now. */
export type FullEntry = Entry & {
  userId: string | null;
  user: string | null;
  byUserId: string | null;
  byUser: string | null;
};

/** Everybody's entries, or those of one user, as `listActivity` gives a person's own. Throws an Outage. */
export async function listFullActivity(userId: string | null, range: Range, size = PAGE): Promise<Page<FullEntry>> {
  const { lines, next } = await findLines(userId, range, size);
  const ids = [...new Set(lines.flatMap((line) => [line.userId, line.byUserId]))].filter((id) => id !== null);
  const users = await db().user.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });
  const emails = new Map(users.map(({ id, email }) => [id, email]));
  const email = (id: string | null) => (id ? (emails.get(id) ?? "a deleted account") : null);

  const entries = lines.map((line) => {
    const { userId, byUserId } = line;
    return { ...entry(line), userId, user: email(userId), byUserId, byUser: email(byUserId) };
  });
  return { entries, next };
}

/**
 * The lines of one user, or with null of all. Each statement reads no more of an index
 * than it returns: the key of the index is compared and sorted by as a whole, because
 * of `user_id = …` alone Postgres would conclude that the newest lines of all are
 * mostly this user's, and go through them.
 */
async function findLines(
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

/** All of a user's entries, newest first, a thousand at a time. Throws an Outage. */
export function allActivity(userId: string, kind: Kind | null): AsyncGenerator<Entry[]> {
  return allPages((before) => listActivity(userId, { kind, before }, 1000));
}

/** All entries of everybody, or of one user, likewise; or those above the line `after`. */
export function allFullActivity(userId: string | null, kind: Kind | null, after = 0n): AsyncGenerator<FullEntry[]> {
  return allPages((before) => listFullActivity(userId, { kind, before, after }, 1000));
}

async function* allPages<T>(read: (before: bigint | null) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let before: bigint | null = null;
  do {
    const { entries, next } = await read(before);
    yield entries;
    before = next ? BigInt(next) : null;
  } while (before);
}

/** The cursor that an address names, or null. */
export function parseCursor(text: unknown): bigint | null {
  return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : null;
}

function entry(line: Line): Entry {
  const { browser, system } = readBrowser(line.userAgent);
  return {
    id: line.id,
    at: line.at.toISOString(),
    kind: kindOf(line.event),
    event: line.event,
    what: describe(line),
    by: whoDid(line),
    note: line.note,
    browser: line.userAgent ? browser : null,
    system,
    address: line.ipAddress,
  };
}

function kindOf(event: string): Kind {
  const [kind] = Object.entries(KINDS).find(([, events]) => events.includes(event)) ?? ["changes"];
  return kind as Kind;
}

function whoDid(line: Line): Entry["by"] {
  const { event, userId, byUserId } = line;
  if (isByAdministrator(line)) return "an administrator";
  if (byUserId) return byUserId === userId ? "you" : "somebody else";
  return event === "session_expired" ? "Latchkey" : "somebody";
}

/** Endings that somebody without a right over the account may bring about: by logging in, in the same browser. */
const OF_ANYBODY = ["replaced", "logged-out"];

/**
 * Whether an administrator did it, of whom the person that it concerns is not told
 * where they are. Administrators say why; at the machine's own command line they have no account.
 */
export function isByAdministrator({
  note,
  event,
  reason,
  userId,
  byUserId,
}: Pick<Line, "note" | "event" | "reason" | "userId" | "byUserId">): boolean {
  if (note !== null) return true;
  const isOfAnybody = event === "session_expired" && OF_ANYBODY.includes(reason ?? "");
  return byUserId !== null && byUserId !== userId && !isOfAnybody;
}

const SIGN_INS: Record<string, string> = {
  "new-browser": "Signed in from a new browser",
  "sign-up": "Signed in for the first time",
  confirm: "Entered the password again",
};

const ENDINGS: Record<string, string> = {
  "logged-out": "Logged out",
  replaced: "A session ended because somebody else logged in in that browser",
  revoked: "Signed a browser out",
  idle: "A session ended unused",
  expired: "A session ended of age",
  "password-changed": "A session ended with the old password",
  disabled: "A session ended with the account",
  "by-admin": "A session was ended",
  "over-limit": "A session ended to make room",
  replayed: "A session ended, its cookie used in two places",
};

const CHANGES: Record<string, string> = {
  name: "Changed the name",
  email: "Changed the email address",
  "email-restored": "Took the email address back",
  disabled: "The account was disabled",
  enabled: "The account was enabled again",
};

function describe({ event, reason, detail, endedBrowser = null }: Line): string {
  const about = reason ?? "";
  switch (event) {
    case "authn_login_success":
      return SIGN_INS[about] ?? "Signed in";
    case "authn_login_successafterfail":
      return about === "new-browser" ? "Signed in from a new browser, after failures" : "Signed in, after failures";
    case "authn_login_fail":
      return about === "confirm" ? "Entered a wrong password again" : "Failed to sign in";
    case "authn_login_fail_max":
      return "Failed to sign in for the hundredth time in a row";
    case "authn_password_change":
      return about === "reset" ? "Chose a new password by mail" : "Changed the password";
    case "session_expired":
      return ending(about, endedBrowser);
    case "authz_fail":
      return `Was refused access${detail ? `: ${detail}` : ""}`;
    case "user_created":
      return "Made the account";
    case "user_deleted":
      return "Deleted the account";
    case "authz_change":
      return about === "admin" ? "Became an administrator" : "Is an administrator no more";
    case "authz_admin":
      return about === "reset-mail" || about === "reset-link"
        ? "Was asked to choose a new password"
        : "An administrator looked after the account";
    case "user_updated":
      return CHANGES[about] ?? "Changed the account";
    default:
      return event;
  }
}

/** How a session ended; and in which browser it was, where the line does not name that as the one that ended it. */
function ending(reason: string, browser: string | null): string {
  const words = ENDINGS[reason] ?? "A session ended";
  return reason === "logged-out" || !browser ? words : `${words}: ${describeBrowser(browser)}`;
}
