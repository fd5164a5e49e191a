import { countRows } from "@/lib/capped-count";
import { type Database, db, transaction } from "@/lib/db";
import { DAY, env, SECOND } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { LONGEST_USER_AGENT, record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { Prisma } from "@/prisma/client/client";
import { lifetimeOf } from "./one-time-tokens";

// Recoveries of users who have lost every second factor. Nothing happens before SECOND_FACTOR_RECOVERY_DELAY has
// passed, so anyone who still has a session, a factor or the mailbox can stop one.

/** A recovery that is under way. */
export type Recovery = {
  startedAt: Date;
  /** When the delay is over. */
  dueAt: Date;
  /** When the link that ends it was emailed; null before. */
  sentAt: Date | null;
};

/** How often its owner gets an email about a recovery, in milliseconds. */
const REMINDED_EVERY = DAY;

/** The user's recovery, or null. Throws an Outage. */
export async function findRecovery(userId: string, tx: Database = db()): Promise<Recovery | null> {
  return tx.factorRecovery.findUnique({ where: { userId }, select: { startedAt: true, dueAt: true, sentAt: true } });
}

/** When the delay of a user's recovery is over, as ISO 8601; null without a recovery. Throws an Outage. */
export async function showRecovery(userId: string): Promise<{ dueAt: string } | null> {
  const found = await findRecovery(userId);
  return found && { dueAt: found.dueAt.toISOString() };
}

/** Everything that is stored about it, for its owner; null without one. Throws an Outage. */
export async function findWholeRecovery(userId: string) {
  return db().factorRecovery.findUnique({
    where: { userId },
    select: { startedAt: true, dueAt: true, toldAt: true, sentAt: true, userAgent: true, ipAddress: true },
  });
}

/**
 * Starts the recovery of a locked user, and emails a way to stop it. One that is already under way stays as it is:
 * its delay neither begins anew nor gets shorter.
 */
export async function startRecovery(tx: Database, user: { id: string; email: string }, client: Client): Promise<void> {
  const { userAgent, ipAddress } = client;
  const started = await tx.$executeRaw`
    INSERT INTO factor_recoveries (user_id, due_at, user_agent, ip_address)
    VALUES (${user.id}::uuid, now() + make_interval(secs => ${env().SECOND_FACTOR_RECOVERY_DELAY / SECOND}),
            ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${ipAddress}::inet)
    ON CONFLICT (user_id) DO NOTHING`;
  if (started === 0) return;
  await record(tx, { event: "user_updated", reason: "recovery-started", userId: user.id, byUserId: null, ...client });
  await enqueue(tx, user.email, { kind: "recovery", details: { userId: user.id, step: "started" } });
}

/** Stops a user's recovery, and withdraws its links. Returns whether there was one. */
export async function withdrawRecovery(
  tx: Database,
  userId: string,
  by: Client & { byUserId: string | null; sessionHandle?: string | null },
): Promise<boolean> {
  if (!(await forgetRecovery(tx, userId))) return false;
  await record(tx, { event: "user_updated", reason: "recovery-cancelled", userId, ...by });
  return true;
}

/** Deletes a user's recovery, its links and its queued emails. Returns whether there was one. */
export async function forgetRecovery(tx: Database, userId: string): Promise<boolean> {
  const { count } = await tx.factorRecovery.deleteMany({ where: { userId } });
  const isItsOwn = KINDS.map((kind) => ({ subject: { startsWith: `${kind}:` } }));
  await tx.link.deleteMany({ where: { userId, OR: isItsOwn } });
  await tx.mail.deleteMany({ where: { kind: "recovery", details: { path: ["userId"], equals: userId } } });
  return count > 0;
}

const KINDS = ["confirm-recovery", "cancel-recovery", "finish-recovery"] as const;

/**
 * Emails the owner of each recovery: daily that it is under way, and after the delay the link that ends it. Deletes
 * those whose link has expired. Returns how many were deleted. Throws an Outage.
 */
export async function sweepRecoveries(): Promise<number> {
  await transaction(async (tx) => {
    const due = await tx.$queryRaw<Told[]>`
      UPDATE factor_recoveries r SET sent_at = now(), told_at = now() FROM users u
       WHERE u.id = r.user_id AND r.sent_at IS NULL AND r.due_at <= now() RETURNING r.user_id AS "userId", u.email`;
    const reminded = await tx.$queryRaw<Told[]>`
      UPDATE factor_recoveries r SET told_at = now() FROM users u
       WHERE u.id = r.user_id AND r.told_at <= now() - make_interval(secs => ${REMINDED_EVERY / SECOND})
      RETURNING r.user_id AS "userId", u.email`;
    for (const { userId, email } of due)
      await enqueue(tx, email, { kind: "recovery", details: { userId, step: "due" } });
    for (const { userId, email } of reminded)
      await enqueue(tx, email, { kind: "recovery", details: { userId, step: "reminder" } });
  });
  return db().$executeRaw`DELETE FROM factor_recoveries WHERE ${isOver()}`;
}

type Told = { userId: string; email: string };

/** The number of recoveries that a sweep would delete, counted up to `COUNTED`. Throws an Outage. */
export async function countOverRecoveries(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM factor_recoveries WHERE ${isOver()}`);
}

function isOver(): Prisma.Sql {
  return Prisma.sql`sent_at <= now() - make_interval(secs => ${lifetimeOf("finish-recovery") / SECOND})`;
}
