import { db, prepared } from "@/lib/db";
import { type ShownPlace, showPlace } from "@/lib/http/place";
import { describeBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";
import { Prisma } from "@/prisma/client/client";
import { isByAdministrator, parseCursor } from "./activity";
import type { Actor, LedgerEvent } from "./store";
import { parseTravel, roundly, type Travel } from "./travel";

export type NoticeKind =
  | "failures"
  | "log-in"
  | "far-apart"
  | "copied"
  | "replayed"
  | "password"
  | "email"
  | "role"
  | "factor"
  | "recovery-code"
  | "passkey-copied";

/** The changes of a second factor that a user should answer, by their reasons in the ledger. */
const FACTORS = [
  ...["app-added", "app-removed", "passkey-added", "passkey-removed", "recovery-codes-renewed"],
  "recovery-codes-removed",
  ...["factors-recovered", "factors-reset"],
];

/** An event that a user should answer: was it them? */
export type Notice = {
  /** The newest line of the ledger that it covers, and the oldest. */
  id: string;
  first: string;
  kind: NoticeKind;
  /** The number of events: failed log-ins are one notice, and all others are one each. */
  count: number;
  /** When, or when last; as ISO 8601. */
  at: string;
  /** By which browser, and from where. Null for an action of an administrator. */
  browser: string | null;
  ipAddress: string | null;
  /** Where the address is, approximately. */
  place: ShownPlace | null;
  /** For "far-apart": how far from there the account was used before, and how many minutes earlier. */
  apart: Travel | null;
};

/** Why a log-in, or a change of an account, needs an answer. */
const REASONS = ["new-browser", "passkey-copied", "recovery-code-used", "email", "email-restored", ...FACTORS];

const FAILED: LedgerEvent[] = ["authn_login_fail", "authn_login_fail_max"];
const FAR_APART: LedgerEvent = "authn_impossible_travel";
const ENTERED: LedgerEvent[] = ["authn_login_success", "authn_login_successafterfail", FAR_APART];
/** Unlike all others, it also concerns the user in the session of which it tells. */
const COPIED: LedgerEvent = "authn_token_reuse";
const CHANGED: LedgerEvent[] = ["authn_password_change", "user_updated", "authz_change"];

/**
 * The maximum number of lines that need an answer, newest first. That many show that something is wrong, and the user
 * need not answer the older ones.
 */
const MOST = 500;

/**
 * The maximum number of a user's lines, of any event, to look for them, or for one whose answer is taken back. By changes
 * of the account a session writes at most one a minute for long (`change` in lib/throttle/rule.ts), so that a thief needs a
 * day to push a notice out.
 */
const LOOKED_AT = 2000;

/** Seconds after which every transaction that had begun is over: lib/db.ts gives it less. */
const SETTLED = 10;

/** What we read of a line. The id is a 64-bit number as text. */
export type Unanswered = {
  id: string;
  at: Date;
  event: string;
  reason: string | null;
  detail: string | null;
  note: string | null;
  userId: string | null;
  byUserId: string | null;
  sessionHandle: string | null;
  userAgent: string | null;
  ipAddress: string | null;
};

type Told = Unanswered & { kind: NoticeKind };

/**
 * What happened to an account outside this session that its owner has not answered yet: failed
 * log-ins first, then the newest. `words` decides the language of browsers and places. Throws an Outage.
 */
export async function findNotices(actor: Actor, words: Words): Promise<Notice[]> {
  return noticesOf(await unanswered(actor), words);
}

/** The notices about unanswered lines, as `findNotices` returns them. */
export function noticesOf(lines: Unanswered[], words: Words): Notice[] {
  const all = told(lines);
  // One question about one log-in.
  const asked = all.filter((line) => line.kind !== "log-in" || !all.some((other) => isFarApart(other, line)));
  const oneEach = [...asked.filter(isFailure).slice(0, 1), ...asked.filter((line) => !isFailure(line))];
  return oneEach.map((line) => ({
    ...{ id: line.id, first: all.findLast((other) => covers(line, other))?.id ?? line.id },
    ...{ kind: line.kind, at: line.at.toISOString(), count: isFailure(line) ? asked.filter(isFailure).length : 1 },
    apart: line.kind === "far-apart" ? travelOf(line) : null,
    ...(isByAdministrator(line)
      ? { browser: null, ipAddress: null, place: null }
      : {
          browser: describeBrowser(line.userAgent, words),
          ipAddress: line.ipAddress,
          place: showPlace(line.ipAddress, words),
        }),
  }));
}

function travelOf({ detail }: Told): Travel | null {
  const travel = parseTravel(detail);
  return travel && { ...travel, kilometres: roundly(travel.kilometres) };
}

/** Failures that are no attempt to log in: a confirmation within a session, and a code that would stop a recovery. */
const NO_LOG_IN = ["confirm", "recovery-stop"];

/** The kinds of notices whose session is somebody else's if their event was. */
const IN_A_SESSION: NoticeKind[] = ["log-in", "far-apart", "factor"];

/**
 * When the event of a notice was, and the session that it started or in which it changed a factor, by its handle. Null
 * if there is no such notice, or no session. Throws an Outage.
 */
export async function eventOfNotice(actor: Actor, id: string): Promise<{ at: Date; handle: string | null } | null> {
  const line = told(await unanswered(actor)).find((each) => each.id === id);
  return line ? { at: line.at, handle: IN_A_SESSION.includes(line.kind) ? line.sessionHandle : null } : null;
}

/** Records that a user has answered a notice. Does nothing if there is no such notice. Throws an Outage. */
export async function answerNotice(actor: Actor, id: string): Promise<void> {
  const lines = told(await unanswered(actor));
  const answered = lines.find((line) => line.id === id);
  if (!answered) return;

  const covered = lines.filter((line) => covers(answered, line)).map((line) => BigInt(line.id));
  const oldestLeft = lines.findLast((line) => !covers(answered, line));
  const seen = oldestLeft ? BigInt(oldestLeft.id) - 1n : BigInt(lines[0]?.id ?? 0);
  const userId = Prisma.sql`${actor.user.id}::uuid`;
  // A line gets its id before its transaction commits. So one below these may still come, for as long as transactions take.
  await db().$executeRaw`
    UPDATE users u
       SET seen_line = greatest(u.seen_line, s.seen),
           answered_lines = ARRAY(SELECT DISTINCT line FROM unnest(u.answered_lines || ${covered}::bigint[]) AS line
                                   WHERE line > greatest(u.seen_line, s.seen))
      FROM (SELECT coalesce(max(l.id), 0) AS seen FROM ledger l
             WHERE l.user_id = ${userId} AND l.id <= ${seen} AND l.at < now() - make_interval(secs => ${SETTLED})) AS s
     WHERE u.id = ${userId}`;
}

/**
 * Takes back a user's answer to a notice, so that it is asked again. Its lines are those from `first` to `id`; they
 * must be among the user's latest ones. Lines that were answered in between stay answered. Throws an Outage.
 */
export async function takeBackAnswer({ user }: Actor, { id, first }: Pick<Notice, "id" | "first">): Promise<void> {
  const oldest = parseCursor(first);
  const lines = oldest === null ? [] : await latest(user.id, oldest);
  const answered = lines.find((line) => line.id === id);
  if (!answered) return;

  const meant = lines.filter((line) => covers(answered, line)).map((line) => BigInt(line.id));
  const others = lines.filter((line) => !covers(answered, line)).map((line) => BigInt(line.id));
  const before = (meant.at(-1) ?? 0n) - 1n;
  // `seen_line` says that all lines up to it are answered, so it cannot stay. Those that it covered are listed instead.
  await db().$executeRaw`
    UPDATE users
       SET seen_line = least(seen_line, ${before}),
           answered_lines = ARRAY(SELECT DISTINCT line
                                    FROM (SELECT unnest(answered_lines) UNION ALL
                                          SELECT other FROM unnest(${others}::bigint[]) AS other WHERE other <= seen_line) AS every (line)
                                   WHERE line <> ALL (${meant}::bigint[]) AND line > least(seen_line, ${before}))
     WHERE id = ${user.id}::uuid`;
}

/** The user's latest lines that need or needed an answer, in any session, the newest first, down to the line `first`. */
async function latest(userId: string, first: bigint): Promise<Told[]> {
  const lines = await prepared<Unanswered>(
    "find_answered",
    Prisma.sql`
      SELECT ${COLUMNS}
        FROM (SELECT * FROM ledger
               WHERE (user_id, id) >= (${userId}::uuid, ${first}) AND (user_id, id) <= (${userId}::uuid, 9223372036854775807)
               ORDER BY user_id DESC, id DESC LIMIT ${LOOKED_AT}) AS l
       WHERE l.event = ANY(${EVENTS}::text[]) ORDER BY l.id DESC`,
  );
  return told(lines);
}

const EVENTS = [...FAILED, ...ENTERED, ...CHANGED, COPIED];

const COLUMNS = Prisma.sql`
  l.id, l.at, l.event, l.reason, l.detail, l.note, l.user_id AS "userId", l.by_user_id AS "byUserId",
  l.session_handle AS "sessionHandle", l.user_agent AS "userAgent", host(l.ip_address) AS "ipAddress"`;

function unanswered({ user, session }: Actor): Promise<Unanswered[]> {
  const sql = unansweredLines(Prisma.sql`${user.id}::uuid`, Prisma.sql`${session.handle}::uuid`);
  return prepared<Unanswered>("find_notices", sql);
}

/** SQL for the lines that a user has not answered, outside the session with this handle: the newest first. */
export function unansweredLines(userId: Prisma.Sql, handle: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT ${COLUMNS}
      FROM (SELECT * FROM ledger
             -- The key of the index as a whole, as in findLines.
             WHERE (user_id, id) > (${userId}, (SELECT a.seen_line FROM users a WHERE a.id = ${userId}))
               AND (user_id, id) <= (${userId}, 9223372036854775807)
             ORDER BY user_id DESC, id DESC LIMIT ${LOOKED_AT}) AS l
     WHERE l.id <> ALL ((SELECT a.answered_lines FROM users a WHERE a.id = ${userId})::bigint[])
       AND l.event = ANY(${EVENTS}::text[])
       -- Not the log-ins and changes that need no answer: one may not push another line out. kindOf leaves out the rest.
       AND (l.event <> ALL (${[...ENTERED, "user_updated"]}::text[]) OR l.event = ${FAR_APART} OR l.reason = ANY(${REASONS}::text[]))
       AND (l.session_handle IS DISTINCT FROM ${handle} OR l.event = ${COPIED})
     ORDER BY l.id DESC LIMIT ${MOST}`;
}

/** Those of the lines that need an answer, with their kinds. */
function told(lines: Unanswered[]): Told[] {
  return lines.map((line) => ({ ...line, kind: kindOf(line) })).filter((line): line is Told => line.kind !== null);
}

function isFailure({ kind }: Told): boolean {
  return kind === "failures";
}

/** Whether the notice of one line is also about another line: an earlier failure, or the log-in that was far away. */
function covers(notice: Told, line: Told): boolean {
  if (isFailure(notice)) return isFailure(line) && BigInt(line.id) <= BigInt(notice.id);
  return line === notice || (line.kind === "log-in" && isFarApart(notice, line));
}

/** Whether a line says that the log-in of another line was far from the use before. */
function isFarApart({ kind, sessionHandle }: Told, logIn: Told): boolean {
  return kind === "far-apart" && sessionHandle === logIn.sessionHandle;
}

/** The kind of notice that a line needs, or null. */
function kindOf({ event, reason }: Unanswered): NoticeKind | null {
  if (reason === "passkey-copied") return "passkey-copied";
  if (FAILED.includes(event as LedgerEvent)) return NO_LOG_IN.includes(reason ?? "") ? null : "failures";
  if (event === FAR_APART) return "far-apart";
  if (event === COPIED) return reason === "copied" || reason === "replayed" ? reason : null;
  if (ENTERED.includes(event as LedgerEvent)) return reason === "new-browser" ? "log-in" : null;
  if (event === "authn_password_change") return "password";
  if (event === "authz_change") return "role";
  if (reason === "recovery-code-used") return "recovery-code";
  if (FACTORS.includes(reason ?? "")) return "factor";
  return reason === "email" || reason === "email-restored" ? "email" : null;
}
