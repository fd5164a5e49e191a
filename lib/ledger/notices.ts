import { db, prepared } from "@/lib/db";
import { describeBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";
import { Prisma } from "@/prisma/client/client";
import { isByAdministrator } from "./activity";
import type { Actor, LedgerEvent } from "./store";

/** What a user should know about their account since they last looked. */
export type Notices = {
  /** The number of failed log-ins, and the time of the last one. */
  failures: { count: number; last: string } | null;
  /** Log-ins from new browsers, newest first. */
  signIns: Occasion[];
  /** Changes to the account, newest first. */
  changes: (Occasion & { what: Change })[];
  /** The newest line of the ledger that is included. */
  upTo: string;
};

/**
 * When (ISO 8601), by which browser, and from where. For an action of an administrator, browser and
 * address are null.
 */
type Occasion = { id: string; at: string; browser: string | null; ipAddress: string | null };

type Change = "password" | "email" | "role";

const FAILED: LedgerEvent[] = ["authn_login_fail", "authn_login_fail_max"];
const ENTERED: LedgerEvent[] = ["authn_login_success", "authn_login_successafterfail"];
const CHANGED: LedgerEvent[] = ["authn_password_change", "user_updated", "authz_change"];

/** The maximum number of lines to read, newest first. That many show that something is wrong. */
const LOOKED_AT = 500;

/** The columns that we read of a line. The id is a 64-bit number as text. */
type Line = {
  id: string;
  at: Date;
  event: string;
  reason: string | null;
  note: string | null;
  userId: string | null;
  byUserId: string | null;
  userAgent: string | null;
  ipAddress: string | null;
};

/**
 * What happened to an account outside this session that its owner has not seen yet; null if there
 * is nothing. `words` decides the language of browser names. Throws an Outage.
 */
export async function findNotices({ user, session }: Actor, words: Words): Promise<Notices | null> {
  const lines = await prepared<Line>(
    "find_notices",
    Prisma.sql`
      SELECT l.id, l.at, l.event, l.reason, l.note, l.user_id AS "userId", l.by_user_id AS "byUserId",
             l.user_agent AS "userAgent", host(l.ip_address) AS "ipAddress"
        FROM ledger l
       -- The key of the index as a whole, as in findLines.
       WHERE (l.user_id, l.id) > (${user.id}::uuid, (SELECT u.seen_line FROM users u WHERE u.id = ${user.id}::uuid))
         AND (l.user_id, l.id) <= (${user.id}::uuid, 9223372036854775807)
         AND l.event = ANY(${[...FAILED, ...ENTERED, ...CHANGED]}::text[])
         AND l.session_handle IS DISTINCT FROM ${session.handle}::uuid
       ORDER BY l.user_id DESC, l.id DESC LIMIT ${LOOKED_AT}`,
  );

  const of = (events: LedgerEvent[]) => lines.filter(({ event }) => events.includes(event as LedgerEvent));
  const occasion = (line: Line): Occasion => {
    const [when, isHidden] = [{ id: line.id, at: line.at.toISOString() }, isByAdministrator(line)];
    if (isHidden) return { ...when, browser: null, ipAddress: null };
    return { ...when, browser: describeBrowser(line.userAgent, words), ipAddress: line.ipAddress };
  };
  // A wrong password while confirming within a session is not an attempt by a stranger.
  const failed = of(FAILED).filter(({ reason }) => reason !== "confirm");
  const signIns = of(ENTERED)
    .filter(({ reason }) => reason === "new-browser")
    .map(occasion);
  const changes = of(CHANGED)
    .map((line) => ({ ...occasion(line), what: changeOf(line) }))
    .filter((change): change is Occasion & { what: Change } => change.what !== null);

  const [newest] = lines;
  const [last] = failed;
  if (!newest || failed.length + signIns.length + changes.length === 0) return null;
  const failures = last ? { count: failed.length, last: last.at.toISOString() } : null;
  return { failures, signIns, changes, upTo: newest.id };
}

/** What was changed, or null if it needs no notice. */
function changeOf({ event, reason }: { event: string; reason: string | null }): Change | null {
  if (event === "authn_password_change") return "password";
  if (event === "authz_change") return "role";
  return reason === "email" || reason === "email-restored" ? "email" : null;
}

/** Records that a user has seen the events up to a line. Never goes back, and never beyond the last line. */
export async function markSeen({ user }: Pick<Actor, "user">, upTo: bigint): Promise<void> {
  const [newest] = await db().$queryRaw<{ id: bigint }[]>`
    SELECT id FROM ledger WHERE (user_id, id) >= (${user.id}::uuid, 0) AND (user_id, id) <= (${user.id}::uuid, ${upTo})
     ORDER BY user_id DESC, id DESC LIMIT 1`;
  const seenLine = newest?.id;
  if (seenLine) await db().user.updateMany({ where: { id: user.id, seenLine: { lt: seenLine } }, data: { seenLine } });
}
