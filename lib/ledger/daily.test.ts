/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { countByDay, sweepDaily } from "./daily";
import { type LedgerEvent, record } from "./store";

const NOBODY = { byUserId: null, userAgent: null, ipAddress: null };

/** The events of log-ins and of failed log-ins. */
const LOG_INS: LedgerEvent[] = ["authn_login_success", "authn_login_successafterfail"];
const FAILURES: LedgerEvent[] = ["authn_login_fail", "authn_login_fail_max"];

const sumsOf = async (userId: string | null) => (await countByDay(userId)).at(-1);

test("the sums of a day match the lines written", async () => {
  const userId = randomUUID();
  const before = await sumsOf(null);
  for (const event of [
    ...LOG_INS,
    ...FAILURES,
    "user_created",
    "authz_change",
    "session_expired" as LedgerEvent,
  ] as const)
    await record(db(), { event, userId, ...NOBODY });
  // Confirming the password is not a log-in.
  await record(db(), { event: "authn_login_success", userId, reason: "confirm", ...NOBODY });
  await record(db(), { event: "authn_login_success", userId, reason: "new-browser", ...NOBODY });
  // A failure without an account.
  await record(db(), { event: "authn_login_fail", userId: null, ...NOBODY });

  expect(await sumsOf(userId)).toMatchObject({ signIns: 3, failures: 2 });
  expect(await sumsOf(null)).toMatchObject({
    signIns: Number(before?.signIns) + 3,
    failures: Number(before?.failures) + 3,
  });
});

test("a rolled-back transaction does not change the sums", async () => {
  const userId = randomUUID();
  const undone = transaction(async (tx) => {
    await record(tx, { event: "authn_login_fail", userId, ...NOBODY });
    throw new Error("taken back");
  });

  await expect(undone).rejects.toThrow("taken back");
  expect(await sumsOf(userId)).toMatchObject({ signIns: 0, failures: 0 });
});

test("concurrent writers of lines do not wait for each other, and no line is lost", async () => {
  const userId = randomUUID();
  await record(db(), { event: "authn_login_fail", userId, ...NOBODY });
  await transaction(async (tx) => {
    await record(tx, { event: "authn_login_fail", userId, ...NOBODY });
    // On other connections, before the first commits: waiting would end in a timeout.
    await Promise.all([1, 2, 3].map(() => record(db(), { event: "authn_login_fail", userId, ...NOBODY })));
  });

  expect(await sumsOf(userId)).toMatchObject({ failures: 5 });
});

test("thirty days are shown in UTC, including empty ones", async () => {
  const userId = randomUUID();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_fail', ${userId}::uuid, day + offset_from_midnight
      FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS today) AS t
     CROSS JOIN LATERAL (VALUES (today - interval '29 days', interval '0'), (today - interval '29 days', interval '-1 millisecond'),
                                (today - interval '3 days', interval '23:59:59.999'), (today - interval '3 days', interval '0')) AS v (day, offset_from_midnight)`;

  const days = await countByDay(userId);
  expect(days).toHaveLength(30);
  expect(days[0]).toEqual({ day: dayBefore(29), signIns: 0, failures: 1 });
  expect(days[26]).toEqual({ day: dayBefore(3), signIns: 0, failures: 2 });
  expect(days.reduce((sum, { failures }) => sum + failures, 0)).toBe(3);
});

test("sums older than the days shown are swept, and the others are kept", async () => {
  const userId = randomUUID();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_success', ${userId}::uuid, now() - make_interval(days => days) FROM unnest('{0,29,40}'::int[]) AS days`;
  await sweepDaily();

  expect(await db().dailyCount.count({ where: { userId } })).toBe(2);
  expect((await countByDay(userId)).reduce((sum, { signIns }) => sum + signIns, 0)).toBe(2);
  expect(await sweepDaily()).toBe(0);
});

/** A day in UTC, as YYYY-MM-DD. */
function dayBefore(days: number): string {
  const day = new Date();
  day.setUTCDate(day.getUTCDate() - days);
  return day.toISOString().slice(0, 10);
}
