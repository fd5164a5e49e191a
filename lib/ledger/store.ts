import { db, pipelined, type Statements } from "@/lib/db";
import type { Client } from "@/lib/http/client";

/**
 * The recorded events, named as in OWASP's logging vocabulary
 * (cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html). The end of a
 * session is recorded where it happens: see lib/session/store. `session_created` is the start of a session
 * without a log-in: of a demonstration. `session_renewed` says that a session was bound to its device, and
 * `authn_token_reuse` that its cookie was used elsewhere.
 */
export type LedgerEvent =
  | "authn_login_success"
  | "authn_login_successafterfail"
  | "authn_login_fail"
  | "authn_login_fail_max"
  | "authn_impossible_travel"
  | "session_created"
  | "session_renewed"
  | "authn_token_reuse"
  | "authn_password_change"
  | "authn_password_change_fail"
  | "user_created"
  | "user_updated"
  | "user_deleted"
  | "authz_change"
  | "authz_fail"
  | "authz_admin"
  | "sys_startup";

/** Who did something: the user, and the session in which they did it. */
export type Actor = { user: { id: string }; session: { handle: string } };

export type Line = {
  event: LedgerEvent;
  /** The user whom it concerns; null when no account is known. */
  userId: string | null;
  /** The user who did it; null when unknown. */
  byUserId: string | null;
  sessionHandle?: string | null;
  /** The variant of the event, in a word. */
  reason?: string;
  /** An amount or an identifier. Never personal data: lines outlive accounts. */
  detail?: string;
  /** The reason that the administrator gave. Erased with the account. */
  note?: string;
} & Client;

/** The maximum length of a stored user agent, in characters. */
export const LONGEST_USER_AGENT = 512;

/** Writes a line, in the same transaction as the change that it records. Throws an Outage. */
export async function record(tx: Statements, line: Line): Promise<void> {
  const { event, userId, byUserId, sessionHandle = null, reason = null, detail = null, note = null, ipAddress } = line;
  const userAgent = line.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null;
  await tx.$executeRaw`
    INSERT INTO ledger (event, user_id, by_user_id, session_handle, reason, detail, note, ip_address, user_agent)
    VALUES (${event}, ${userId}::uuid, ${byUserId}::uuid, ${sessionHandle}::uuid, ${reason}, ${detail}, ${note},
            ${ipAddress}::inet, ${userAgent})`;
}

/** Records that the application started, and the number of its newest secret. Throws an Outage. */
export async function recordStartup(secretNumber: string): Promise<void> {
  const nobody = { userId: null, byUserId: null, userAgent: null, ipAddress: null };
  await pipelined((tx) => record(tx, { event: "sys_startup", detail: secretNumber, ...nobody }));
}

/** Since when the secret with this number has been the newest one, or null if it never was. Throws an Outage. */
export async function secretInUseSince(secretNumber: string): Promise<Date | null> {
  const first = await db().ledgerLine.findFirst({
    where: { event: "sys_startup", detail: secretNumber },
    orderBy: { id: "asc" },
    select: { at: true },
  });
  return first?.at ?? null;
}
