import { type Database, db } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import type { Prisma } from "@/prisma/client/client";

/** Something that happened to an account, which its owner should know of. */
export type Incident = {
  about: "new-browser" | "after-failures" | "password-changed" | "email-changed" | "stopped" | "account-deleted";
  userId: string;
  /** When, as ISO 8601. */
  at: string;
  /** The session in which it was done, which a link in the mail can end. */
  handle: string | null;
  failures?: number;
} & Client;

/** Where its link leads in the end: to the page that was wanted first. Mails that were queued by an earlier version have none. */
type LeadingOn = { next?: string };

/** What there is to send. Links are made when it is sent, so none is kept here. */
export type Mail =
  | { kind: "sign-up"; details: { name: string; passwordHash: string } & LeadingOn }
  | { kind: "reset"; details: { isOrdered?: true } & LeadingOn }
  | { kind: "invitation"; details: { userId: string } }
  | { kind: "change-email"; details: { userId: string } }
  | { kind: "incident"; details: Incident };

/** A mail that is due, for whoever delivers it. */
export type Due = { id: string; recipient: string; createdAt: Date; attempts: number } & Mail;

/** After how long a mail that was being delivered is due again, in milliseconds: the process may have died. */
const LEASE = 2 * 60_000;

/** How long to wait after a failure, in seconds: doubled each time, up to the longest. */
const FIRST_WAIT = 10;
const LONGEST_WAIT = 3600;

/** Queues a mail, in the transaction of what it tells of: it is sent if that is committed, and only then. Throws an Outage. */
export async function enqueue(tx: Database, recipient: string, mail: Mail): Promise<void> {
  const { kind, details } = mail;
  await tx.mail.create({ data: { recipient, kind, details: details as Prisma.InputJsonObject }, select: { id: true } });
}

/** The mail that has been due for longest, or null. For a while it is this caller's alone. Throws an Outage. */
export async function takeDue(): Promise<Due | null> {
  const [due] = await db().$queryRaw<Due[]>`
    UPDATE mails SET attempts = attempts + 1, due_at = now() + make_interval(secs => ${LEASE / 1000})
     WHERE id = (SELECT id FROM mails WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, recipient, kind, details, created_at AS "createdAt", attempts`;
  return due ?? null;
}

/** Takes a mail off the queue: it has been sent, or never can be. */
export async function dequeue({ id }: Due): Promise<void> {
  await db().mail.deleteMany({ where: { id } });
}

/** Puts a mail back that could not be sent now. */
export async function postpone({ id, attempts }: Due): Promise<void> {
  const wait = Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT);
  await db().$executeRaw`UPDATE mails SET due_at = now() + make_interval(secs => ${wait}) WHERE id = ${id}::uuid`;
}

/** How many mails wait, and since when the oldest does. Throws an Outage. */
export async function queueState(): Promise<{ waiting: number; since: Date | null }> {
  const { _count, _min } = await db().mail.aggregate({ _count: true, _min: { createdAt: true } });
  return { waiting: _count, since: _min.createdAt };
}
