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

const sumsOf = async (userId: string | null) => (await countByDay(userId, { timeZone: null, now: new Date() })).at(-1);

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
  // A confirmation is not a log-in.
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

/** Writes a failed log-in of a new user at each of these moments. Returns the user's id. */
async function failAt(...moments: string[]): Promise<string> {
  const userId = randomUUID();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_fail', ${userId}::uuid, at::timestamptz FROM unnest(${moments}::text[]) AS at`;
  return userId;
}

/** The days with failures among the 30 days up to `now`, each with their number. */
async function failuresIn(userId: string, timeZone: string | null, now: string): Promise<[string, number][]> {
  const days = await countByDay(userId, { timeZone, now: new Date(now) });
  return days.flatMap(({ day, failures }) => (failures ? [[day, failures]] : []));
}

test("thirty days are shown, including empty ones", async () => {
  const userId = await failAt(
    "2026-10-30T23:59:59.999Z",
    "2026-10-31T00:00:00Z",
    "2026-11-26T00:00:00Z",
    "2026-11-26T23:59:59.999Z",
    "2026-11-30T00:00:00Z",
  );

  const days = await countByDay(userId, { timeZone: null, now: new Date("2026-11-29T12:00:00Z") });
  expect(days).toHaveLength(30);
  expect(days[0]).toEqual({ day: "2026-10-31", signIns: 0, failures: 1 });
  expect(days[1]).toEqual({ day: "2026-11-01", signIns: 0, failures: 0 });
  expect(days[26]).toEqual({ day: "2026-11-26", signIns: 0, failures: 2 });
  expect(days.reduce((sum, { failures }) => sum + failures, 0)).toBe(3);
});

test.each([
  ["UTC", null, ["2026-11-14T23:59:59.999Z", "2026-11-15T00:00:00Z"]],
  ["New York", "America/New_York", ["2026-11-15T04:59:59.999Z", "2026-11-15T05:00:00Z"]],
  ["Kathmandu", "Asia/Kathmandu", ["2026-11-14T18:14:59.999Z", "2026-11-14T18:15:00Z"]],
  ["Kiritimati", "Pacific/Kiritimati", ["2026-11-14T09:59:59.999Z", "2026-11-14T10:00:00Z"]],
] as const)("a line is counted on its day in the reader's time zone: %s", async (_, timeZone, [last, first]) => {
  const userId = await failAt(last, first, first);

  expect(await failuresIn(userId, timeZone, "2026-11-20T12:00:00Z")).toEqual([
    ["2026-11-14", 1],
    ["2026-11-15", 2],
  ]);
});

test("the day on which clocks go back counts the lines of 25 hours, and the days around it only their own", async () => {
  const userId = await failAt(
    "2026-11-01T03:59:59.999Z",
    "2026-11-01T04:00:00Z",
    // 01:30 in New York, before and after the clocks go back.
    "2026-11-01T05:30:00Z",
    "2026-11-01T06:30:00Z",
    "2026-11-02T04:59:59.999Z",
    "2026-11-02T05:00:00Z",
  );

  expect(await failuresIn(userId, "America/New_York", "2026-11-15T12:00:00Z")).toEqual([
    ["2026-10-31", 1],
    ["2026-11-01", 4],
    ["2026-11-02", 1],
  ]);
});

test("lines of one quarter of an hour share a row", async () => {
  const userId = await failAt("2026-11-15T10:15:00Z", "2026-11-15T10:29:59.999Z", "2026-11-15T10:30:00Z");

  const rows = await db().dailyCount.findMany({ where: { userId }, orderBy: { since: "asc" } });
  expect(rows.map(({ since, day, failures }) => [since, day, failures])).toEqual([
    [new Date("2026-11-15T10:15:00Z"), new Date("2026-11-15"), 2],
    [new Date("2026-11-15T10:30:00Z"), new Date("2026-11-15"), 1],
  ]);
});

test("sums older than the days shown are swept, and the others are kept", async () => {
  const userId = randomUUID();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_success', ${userId}::uuid, now() - make_interval(days => days) FROM unnest('{0,29,30,32}'::int[]) AS days`;
  await sweepDaily();

  // The sum of 30 days ago is kept: in some time zones it is still shown.
  expect(await db().dailyCount.count({ where: { userId } })).toBe(3);
  const days = await countByDay(userId, { timeZone: null, now: new Date() });
  expect(days.reduce((sum, { signIns }) => sum + signIns, 0)).toBe(2);
  expect(await sweepDaily()).toBe(0);
});
