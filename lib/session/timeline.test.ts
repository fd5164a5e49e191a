/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { clock, db } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { createUser } from "@/lib/users/store";
import { ageSessions, createSession } from "@/testing/sessions";
import { sessionStore } from "./store";
import { findTimeline } from "./timeline";
import { hashToken } from "./token";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

async function newUser(): Promise<{ id: string; role: "user" }> {
  const email = `${randomUUID()}@example.com`;
  return { ...(await createUser({ email, name: "Test", passwordHash: "none", role: "user" })), role: "user" };
}

/** Starts a session for a user, without a line in the ledger. */
async function started(user: { id: string }) {
  const token = await createSession(user, HERE);
  const handle = (await sessionStore().find(token))?.session.handle ?? "";
  return { token, handle };
}

type Line = { event: string; userId: string; sessionHandle?: string | null; reason?: string; at: Date };

async function record(...lines: Line[]) {
  await db().ledgerLine.createMany({ data: lines.map((line) => ({ userAgent: "Test", ...line })) });
}

/** Records a session of the past: when it began and ended, in milliseconds before now. Returns its handle. */
async function past(
  userId: string,
  now: Date,
  { from, to, reason = "idle" }: { from: number | null; to: number; reason?: string },
) {
  const sessionHandle = randomUUID();
  const ago = (time: number) => new Date(now.getTime() - time);
  await record(...(from === null ? [] : [{ event: "authn_login_success", userId, sessionHandle, at: ago(from) }]), {
    event: "session_expired",
    userId,
    sessionHandle,
    reason,
    at: ago(to),
  });
  return sessionHandle;
}

test("a demonstration that has ended begins in the timeline when it was started", async () => {
  const [user, now] = [await newUser(), await clock()];
  const [sessionHandle, at] = [randomUUID(), new Date(now.getTime() - HOUR)];
  await record({ event: "session_created", reason: "demonstration", userId: user.id, sessionHandle, at });
  await record({ event: "session_expired", reason: "revoked", userId: user.id, sessionHandle, at: now });

  const { sessions } = await findTimeline(user, { timeZone: null, now });
  expect(sessions).toMatchObject([{ handle: sessionHandle, since: at, userAgent: "Test", confirmations: [] }]);
});

test("a timeline has each active, ended and expired session of the user once, and nobody else's", async () => {
  const [user, other] = [await newUser(), await newUser()];
  await started(other);
  const [active, expired, ended] = [await started(user), await started(user), await started(user)];
  await ageSessions({ token: expired.token }, { created: 9 * DAY, seen: 8 * DAY });
  await sessionStore().end(db(), { tokenHash: hashToken(ended.token) }, "revoked", { ...HERE, userId: user.id });
  const now = await clock();
  await past(other.id, now, { from: 2 * DAY, to: DAY });

  const { sessions, hidden } = await findTimeline(user, { timeZone: null, now });
  expect(hidden).toBe(0);
  expect(sessions.map(({ handle, reason }) => [handle, reason])).toEqual([
    [active.handle, "active"],
    [ended.handle, "revoked"],
    [expired.handle, "idle"],
  ]);
  const times = (index: number) => [sessions[index]?.since, sessions[index]?.until].map((at) => at?.getTime() ?? null);
  expect(times(0)[1]).toBeNull();
  expect(Math.abs(Number(times(2)[0]) - (now.getTime() - 9 * DAY))).toBeLessThan(MINUTE);
  expect(Math.abs(Number(times(2)[1]) - (now.getTime() - DAY))).toBeLessThan(MINUTE);
});

test("a session that ends while the timeline is read is in it once, as ended", async () => {
  const user = await newUser();
  const { handle } = await started(user);
  const now = await clock();
  await record({ event: "session_expired", userId: user.id, sessionHandle: handle, reason: "revoked", at: now });

  expect((await findTimeline(user, { timeZone: null, now })).sessions).toMatchObject([{ handle, reason: "revoked" }]);
});

test("a session that began earlier is in the timeline with its beginning, and one that ended earlier is not", async () => {
  const user = await newUser();
  const now = await clock();
  const long = await past(user.id, now, { from: 50 * DAY, to: 20 * DAY });
  const unknown = await past(user.id, now, { from: null, to: 19 * DAY, reason: "a reason of the future" });
  await past(user.id, now, { from: 50 * DAY, to: 31 * DAY });

  const { sessions, since, days } = await findTimeline(user, { timeZone: "Asia/Seoul", now });
  expect(sessions.map(({ handle, reason, since }) => [handle, reason, since])).toEqual([
    [unknown, "unknown", null],
    [long, "idle", new Date(now.getTime() - 50 * DAY)],
  ]);
  expect(sessions[1]?.userAgent).toBe("Test");
  expect(days).toHaveLength(30);
  expect(since.toISOString()).toMatch(/T15:00:00/);
});

test("a session has the passwords that were confirmed in it, and the wrong ones, within the days shown", async () => {
  const user = await newUser();
  const now = await clock();
  const sessionHandle = await past(user.id, now, { from: 40 * DAY, to: DAY });
  const ago = (time: number) => new Date(now.getTime() - time);
  const confirmed = { event: "authn_login_success", userId: user.id, sessionHandle, reason: "confirm" };
  const [first, second] = [ago(3 * DAY), ago(2 * DAY)];
  await record(
    { ...confirmed, at: second },
    { ...confirmed, at: first },
    { ...confirmed, at: ago(35 * DAY) },
    { event: "authn_login_fail", userId: user.id, sessionHandle, reason: "confirm", at: ago(HOUR) },
    { event: "authn_login_fail", userId: user.id, at: ago(2 * HOUR) },
    { event: "authn_login_fail_max", userId: user.id, at: ago(3 * HOUR) },
    { event: "authn_login_fail", userId: user.id, at: ago(40 * DAY) },
    { event: "authz_fail", userId: user.id, sessionHandle, at: ago(HOUR) },
  );

  const { sessions, failures } = await findTimeline(user, { timeZone: null, now });
  expect(sessions).toHaveLength(1);
  expect(sessions[0]).toMatchObject({ since: ago(40 * DAY), confirmations: [first, second], wrong: [ago(HOUR)] });
  expect(failures.map(({ at, handle }) => [at, handle])).toEqual([
    [ago(HOUR), sessionHandle],
    [ago(2 * HOUR), null],
    [ago(3 * HOUR), null],
  ]);
});

test("another user's lines about a handle say nothing about this user's session", async () => {
  const [user, other] = [await newUser(), await newUser()];
  const now = await clock();
  const sessionHandle = await past(user.id, now, { from: null, to: DAY });
  await record({
    event: "authn_login_success",
    userId: other.id,
    sessionHandle,
    at: new Date(now.getTime() - 2 * DAY),
  });

  expect((await findTimeline(user, { timeZone: null, now })).sessions).toMatchObject([
    { since: null, userAgent: null },
  ]);
});

test("of more than a hundred sessions the newest are shown, active ones first, and the others are counted", async () => {
  const user = await newUser();
  const now = await clock();
  const { handle } = await started(user);
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, session_handle, reason, at)
    SELECT 'session_expired', ${user.id}::uuid, gen_random_uuid(), 'idle', ${now}::timestamptz - make_interval(hours => n)
      FROM generate_series(1, 211) AS n`;
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, at)
    SELECT 'authn_login_fail', ${user.id}::uuid, ${now}::timestamptz - make_interval(hours => n) FROM generate_series(1, 211) AS n`;

  const { sessions, hidden, failures, hasMoreFailures } = await findTimeline(user, { timeZone: null, now });
  expect([sessions.length, hidden]).toEqual([100, 112]);
  expect(sessions[0]).toMatchObject({ handle, reason: "active" });
  expect(sessions.at(-1)?.until).toEqual(new Date(now.getTime() - 99 * HOUR));
  expect([failures.length, hasMoreFailures]).toEqual([200, true]);
});
