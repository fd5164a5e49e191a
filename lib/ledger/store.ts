import { type Database, db } from "@/lib/db";
import type { Client } from "@/lib/http/client";

/**
 * What is recorded, named as in OWASP's logging vocabulary
 * (cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html).
 * A session's end is recorded where it happens: see lib/session/store.
 */
export type LedgerEvent =
  | "authn_login_success"
  | "authn_login_successafterfail"
  | "authn_login_fail"
  | "authn_login_fail_max"
  | "authn_password_change"
  | "authn_password_change_fail"
  | "user_created"
  | "user_updated"
  | "user_deleted"
  | "authz_change"
  | "authz_fail"
  | "authz_admin"
  | "sys_startup";

/** Who did something: the account, and the session that it was done in. */
export type Actor = { user: { id: string }; session: { handle: string } };

export type Line = {
  event: LedgerEvent;
  /** Whom it concerns; null when no account is known. */
  userId: string | null;
  /** Who did it; null when nobody knows. */
  byUserId: string | null;
  sessionHandle?: string | null;
  /** Which case of the event, in a word. */
  reason?: string;
  /** How much, or which. Never a personal datum: lines outlive accounts. */
  detail?: string;
  /** Why, as the administrator who did it wrote. Forgotten with the account. */
  note?: string;
} & Client;

/** The maximum length of a user agent that is kept, in characters. */
export const LONGEST_USER_AGENT = 512;

/** Writes a line, in the transaction of what it records. Throws an Outage. */
export async function record(tx: Database, line: Line): Promise<void> {
  const userAgent = line.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null;
  await tx.ledgerLine.create({ data: { ...line, userAgent }, select: { id: true } });
}

/** Records that the application was started, with the secret of this number as its newest. Throws an Outage. */
export async function recordStartup(secretNumber: string): Promise<void> {
  const nobody = { userId: null, byUserId: null, userAgent: null, ipAddress: null };
  await record(db(), { event: "sys_startup", detail: secretNumber, ...nobody });
}

/** Since when the secret of this number has been the newest one, or null when it never was. Throws an Outage. */
export async function secretInUseSince(secretNumber: string): Promise<Date | null> {
  const first = await db().ledgerLine.findFirst({
    where: { event: "sys_startup", detail: secretNumber },
    orderBy: { id: "asc" },
    select: { at: true },
  });
  return first?.at ?? null;
}
