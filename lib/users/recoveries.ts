import { countRows } from "@/lib/capped-count";
import { type Database, db, transaction } from "@/lib/db";
import { DAY, env, SECOND } from "@/lib/env";
import type { Client } from "@/lib/http/client";
import { LONGEST_USER_AGENT, record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { Prisma } from "@/prisma/client/client";
import { lifetimeOf } from "./one-time-tokens";

// Recoveries of users who have lost every second factor. Nothing happens before SECOND_FACTOR_RECOVERY_DELAY has
// passed, so anyone who still has a session, a code, a passkey or the mailbox can stop one.

/** A recovery that is under way. */
export type Recovery = {
  startedAt: Date;
  /** When the delay is over. */
  dueAt: Date;
  /** When the link that ends it was emailed; null before. */
  sentAt: Date | null;
  /** Whether it began because the owner denied every factor: see lib/auth/second-factor/disputed. */
  isDisputed: boolean;
};

/** How often its owner gets an email about a recovery, in milliseconds. */
const REMINDED_EVERY = DAY;

/**
 * How long no other recovery can start after somebody stopped one with a code of the account, in milliseconds. A code
 * shows that not every factor is lost. Otherwise a thief could start the next one at once, again and again.
 */
export const BARRED = 7 * DAY;

/** The user's recovery, or null if none is under way. Throws an Outage. */
export async function findRecovery(userId: string, tx: Database = db()): Promise<Recovery | null> {
  return tx.factorRecovery.findUnique({
    where: { userId, stoppedAt: null },
    select: { startedAt: true, dueAt: true, sentAt: true, isDisputed: true },
  });
}

/** Whether a recovery is under way because every factor of this user is in dispute. Throws an Outage. */
export async function isInDispute(userId: string, tx: Database = db()): Promise<boolean> {
  return (await tx.factorRecovery.count({ where: { userId, stoppedAt: null, isDisputed: true } })) > 0;
}

/**
 * Locks the user with this email whose recovery a code can stop; null for no such user. One statement in any case, so
 * that the time it takes does not show who has an account. Throws an Outage.
 */
export async function lockRecovering(tx: Database, email: string): Promise<{ id: string; email: string } | null> {
  const [user] = await tx.$queryRaw<{ id: string; email: string }[]>`
    SELECT u.id, u.email FROM users u JOIN factor_recoveries r ON r.user_id = u.id
     WHERE u.email = ${email} AND r.stopped_at IS NULL AND NOT r.is_disputed FOR NO KEY UPDATE OF u`;
  return user ?? null;
}

/** Whether no recovery of this user can start now, because somebody stopped one with a code. Throws an Outage. */
export async function isBarred(userId: string, tx: Database = db()): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isBarred: boolean }[]>`
    SELECT NOT ${isBarOver()} AS "isBarred" FROM factor_recoveries
     WHERE user_id = ${userId}::uuid AND stopped_at IS NOT NULL`;
  return row?.isBarred ?? false;
}

/** What open pages say about a user's recovery; null without one. Throws an Outage. */
export async function showRecovery(userId: string): Promise<ShownRecovery | null> {
  const found = await findRecovery(userId);
  return found && { dueAt: found.dueAt.toISOString(), isDisputed: found.isDisputed };
}

/** Selects the same as JSON, with the time as Postgres writes it; nothing without a recovery. */
export function shownRecovery(user: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT json_build_object('dueAt', r.due_at, 'isDisputed', r.is_disputed) FROM factor_recoveries r
     WHERE r.user_id = ${user} AND r.stopped_at IS NULL`;
}

/** The end of the delay is in ISO 8601. */
export type ShownRecovery = { dueAt: string; isDisputed: boolean };

/** Everything that is stored about it, for its owner; null without one. Throws an Outage. */
export async function findWholeRecovery(userId: string) {
  return db().factorRecovery.findUnique({
    where: { userId },
    select: {
      ...{ startedAt: true, dueAt: true, toldAt: true, sentAt: true, stoppedAt: true, isDisputed: true },
      ...{ userAgent: true, ipAddress: true },
    },
  });
}

/**
 * Starts the recovery of a locked user, and emails a way to stop it. One that is already under way stays as it is:
 * its delay neither begins anew nor gets shorter. After a stop with a code, nothing starts while that counts. With
 * `isDisputed`, no factor can stop it, nor log in alone: see lib/auth/second-factor/disputed.
 */
export async function startRecovery(
  tx: Database,
  user: { id: string; email: string },
  client: Client,
  { isDisputed = false } = {},
): Promise<void> {
  const { userAgent, ipAddress } = client;
  await tx.$executeRaw`DELETE FROM factor_recoveries WHERE user_id = ${user.id}::uuid AND ${isBarOver()}`;
  const started = await tx.$executeRaw`
    INSERT INTO factor_recoveries (user_id, is_disputed, due_at, user_agent, ip_address)
    VALUES (${user.id}::uuid, ${isDisputed}, now() + make_interval(secs => ${env().SECOND_FACTOR_RECOVERY_DELAY / SECOND}),
            ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${ipAddress}::inet)
    ON CONFLICT (user_id) DO NOTHING`;
  if (started === 0) return;
  await record(tx, { event: "user_updated", reason: "recovery-started", userId: user.id, byUserId: null, ...client });
  await enqueue(tx, user.email, { kind: "recovery", details: { userId: user.id, step: "started" } });
}

/** Begins the delay of every recovery that is under way anew, and sends its emails again. */
export async function restartRecoveries(): Promise<void> {
  await db().$executeRaw`
    UPDATE factor_recoveries
       SET started_at = now(), told_at = to_timestamp(0), sent_at = NULL,
           due_at = now() + make_interval(secs => ${env().SECOND_FACTOR_RECOVERY_DELAY / SECOND})
     WHERE stopped_at IS NULL`;
}

type By = Client & { byUserId: string | null; sessionHandle?: string | null };

/**
 * Stops a user's recovery, and withdraws its links. One of denied factors goes on, unless its owner wants these back
 * (`evenDisputed`): no other change may bring them back. Returns whether one was stopped.
 */
export async function withdrawRecovery(
  tx: Database,
  userId: string,
  by: By,
  { evenDisputed = false } = {},
): Promise<boolean> {
  const { count } = await tx.factorRecovery.deleteMany({
    where: { userId, stoppedAt: null, ...(!evenDisputed && { isDisputed: false }) },
  });
  if (!evenDisputed && (await isInDispute(userId, tx))) {
    // The caller may have withdrawn all links. The next sweep emails another one to end it.
    await tx.factorRecovery.updateMany({ where: { userId }, data: { sentAt: null } });
    return false;
  }
  await withdrawTraces(tx, userId);
  if (count === 0) return false;
  await record(tx, { event: "user_updated", reason: "recovery-cancelled", userId, ...by });
  return true;
}

/** Stops a user's recovery as `withdrawRecovery` does, and bars others for `BARRED`. Returns whether there was one. */
export async function barRecovery(tx: Database, userId: string, by: By): Promise<boolean> {
  const stopped = await tx.$executeRaw`
    UPDATE factor_recoveries SET stopped_at = now(), sent_at = NULL
     WHERE user_id = ${userId}::uuid AND stopped_at IS NULL AND NOT is_disputed`;
  if (stopped === 0) return false;
  await withdrawTraces(tx, userId);
  await record(tx, { event: "user_updated", reason: "recovery-cancelled", detail: "code", userId, ...by });
  return true;
}

/** Deletes all that is known of a user's recovery, even that one was stopped: the account has no factor any more. */
export async function forgetRecovery(tx: Database, userId: string): Promise<void> {
  await tx.factorRecovery.deleteMany({ where: { userId } });
  await withdrawTraces(tx, userId);
}

/** Withdraws the links and the queued emails of a user's recovery. */
async function withdrawTraces(tx: Database, userId: string): Promise<void> {
  const isItsOwn = KINDS.map((kind) => ({ subject: { startsWith: `${kind}:` } }));
  await tx.link.deleteMany({ where: { userId, OR: isItsOwn } });
  await tx.mail.deleteMany({ where: { kind: "recovery", details: { path: ["userId"], equals: userId } } });
}

const KINDS = ["confirm-recovery", "cancel-recovery", "finish-recovery"] as const;

/**
 * Emails the link that ends a locked user's recovery once more, if its delay is over. Returns whether it is. Throws an
 * Outage.
 */
export async function resendLastLink(tx: Database, { id: userId, email }: { id: string; email: string }) {
  const resent = await tx.$executeRaw`
    UPDATE factor_recoveries SET sent_at = now(), told_at = now()
     WHERE user_id = ${userId}::uuid AND stopped_at IS NULL AND due_at <= now()`;
  if (resent > 0) await enqueue(tx, email, { kind: "recovery", details: { userId, step: "due" } });
  return resent > 0;
}

/**
 * Emails the owner of each recovery: daily that it is under way, and after the delay the link that ends it. Deletes
 * those whose link has expired, and those stopped by a code that no longer bar others. One of denied factors stays, or
 * these would count again; only its emails end. Returns how many were deleted. Throws an Outage.
 */
export async function sweepRecoveries(): Promise<number> {
  await transaction(async (tx) => {
    const due = await tx.$queryRaw<Told[]>`
      UPDATE factor_recoveries r SET sent_at = now(), told_at = now() FROM users u
       WHERE u.id = r.user_id AND u.disabled_at IS NULL AND r.sent_at IS NULL AND r.stopped_at IS NULL AND r.due_at <= now()
      RETURNING r.user_id AS "userId", u.email`;
    const reminded = await tx.$queryRaw<Told[]>`
      UPDATE factor_recoveries r SET told_at = now() FROM users u
       WHERE u.id = r.user_id AND u.disabled_at IS NULL AND ${isLinkOver()} IS NOT TRUE AND r.stopped_at IS NULL AND r.told_at <= now() - make_interval(secs => ${REMINDED_EVERY / SECOND})
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
  return Prisma.sql`((${isLinkOver()} AND NOT is_disputed) OR ${isBarOver()})`;
}

/** The condition that the link that ends a recovery has expired. Null before it was emailed. */
function isLinkOver(): Prisma.Sql {
  return Prisma.sql`(sent_at <= now() - make_interval(secs => ${lifetimeOf("finish-recovery") / SECOND}))`;
}

/** The condition that a recovery was stopped by a code too long ago to bar others. */
function isBarOver(): Prisma.Sql {
  return Prisma.sql`stopped_at <= now() - make_interval(secs => ${BARRED / SECOND})`;
}
