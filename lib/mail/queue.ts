import { db, prepared, type Statements } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import type { Locale } from "@/lib/i18n/locale";
import { uuid7 } from "@/lib/uuid";
import { Prisma } from "@/prisma/client/client";

/** An event on an account that its owner should know about. */
export type Incident = {
  about:
    | "new-browser"
    | "after-failures"
    | "far-apart"
    | "password-changed"
    | "email-changed"
    | "stopped"
    | "copied"
    | "replayed"
    | "account-deleted"
    | "app-added"
    | "app-removed"
    | "passkey-added"
    | "passkey-removed"
    | "passkey-copied"
    | "recovery-codes-renewed"
    | "recovery-codes-removed"
    | "recovery-code-used"
    | "wrong-codes"
    | "code-stopped"
    | "recovery-cancelled"
    | "factors-recovered"
    | "factors-reset";
  userId: string;
  /** When, as ISO 8601. */
  at: string;
  /** The session in which it happened. A link in the email can end it. */
  handle: string | null;
  failures?: number;
  /** For "recovery-code-used": how many codes are left. */
  left?: number;
  /** For "factors-reset": the reason that the administrator gave. */
  note?: string;
  /** For "copied": whether the session has ended. Otherwise only the copy was refused. */
  hasEnded?: boolean;
  /** Where the account was used before a log-in, if its place is too far away: by the address, and how far and how long before. */
  apart?: { from: string; kilometres: number; minutes: number } | null;
  /** For "account-deleted": what the owner had chosen. For other incidents, the account has it. */
  locale?: Locale | null;
  timeZone?: string | null;
} & Client;

/**
 * The page that the visitor first requested, to which the link finally leads. Missing if an earlier
 * version queued the email.
 */
type LeadingOn = { next?: string };

/** Where a recovery of lost factors is: see lib/users/recoveries. */
export type RecoveryStep = "confirm" | "started" | "reminder" | "due";

/** The language of the request that the email answers. Missing without a request, or if an earlier version queued it. */
type Answering = { locale?: Locale | null };

/** An email to send. Its link is created only when it is sent, so the queue contains none. */
export type Mail =
  | { kind: "sign-up"; details: { name: string; passwordHash: string } & LeadingOn & Answering }
  | { kind: "reset"; details: { isOrdered?: true } & LeadingOn & Answering }
  | { kind: "invitation"; details: { userId: string } }
  | { kind: "change-email"; details: { userId: string } & Answering }
  | { kind: "recovery"; details: { userId: string; step: RecoveryStep } & Answering }
  | { kind: "incident"; details: Incident };

/** An email that is due for delivery. */
export type Due = { id: string; recipient: string; createdAt: Date; attempts: number } & Mail;

/** How long a taken email stays reserved, in milliseconds. Then it is due again: the process may have died. */
const LEASE = 2 * 60_000;

/** How long to wait after a failure, in seconds. The wait doubles each time, up to the maximum. */
const FIRST_WAIT = 10;
const LONGEST_WAIT = 3600;

/**
 * Queues an email, in the transaction of the change that it reports. It is sent only if that
 * commits. Throws an Outage.
 */
export async function enqueue(tx: Statements, recipient: string, mail: Mail): Promise<void> {
  const { kind, details } = mail;
  await tx.$executeRaw`
    INSERT INTO mails (id, recipient, kind, details)
    VALUES (${uuid7()}::uuid, ${recipient}, ${kind}, ${JSON.stringify(details)}::jsonb)`;
}

/** Takes the email that has been due longest, or null, and reserves it for a while. Throws an Outage. */
export async function takeDue(): Promise<Due | null> {
  const [due] = await prepared<Due>(
    "take_due_mail",
    Prisma.sql`
    UPDATE mails SET attempts = attempts + 1, due_at = now() + make_interval(secs => ${LEASE / 1000})
     WHERE id = (SELECT id FROM mails WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, recipient, kind, details, created_at AS "createdAt", attempts`,
  );
  return due ?? null;
}

/** Removes an email from the queue: it was sent, or never can be. */
export async function dequeue({ id }: Due): Promise<void> {
  await db().mail.deleteMany({ where: { id } });
}

/** Puts back an email that could not be sent yet. */
export async function postpone({ id, attempts }: Due): Promise<void> {
  const wait = Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT);
  await db().$executeRaw`UPDATE mails SET due_at = now() + make_interval(secs => ${wait}) WHERE id = ${id}::uuid`;
}

/** The queued emails to this address or about this user, the oldest first, without their details. Throws an Outage. */
export async function listMails({ id, email }: { id: string; email: string }) {
  return db().mail.findMany({
    where: { OR: [{ recipient: email }, { details: { path: ["userId"], equals: id } }] },
    select: { kind: true, recipient: true, createdAt: true },
    orderBy: { createdAt: "asc" },
  });
}

/** How many emails are waiting, and since when the oldest has been. Throws an Outage. */
export async function queueState(): Promise<{ waiting: number; since: Date | null }> {
  const { _count, _min } = await db().mail.aggregate({ _count: true, _min: { createdAt: true } });
  return { waiting: _count, since: _min.createdAt };
}
