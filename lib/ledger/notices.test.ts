import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { changeRole } from "@/lib/users/administration";
import { createUser } from "@/lib/users/store";
import { ENGLISH } from "@/lib/words";
import { withPlaces } from "@/testing/geo-file";
import { createSession } from "@/testing/sessions";
import { answerNotice, eventOfNotice, findNotices, type Notice, takeBackAnswer } from "./notices";
import { record } from "./store";

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

async function signedIn(): Promise<ActiveSession> {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Test", passwordHash: "none", role: "user" });
  return (await sessionStore().find(await createSession(user, BROWSER))) as ActiveSession;
}

test("the notice of a changed role does not show where the administrator was", async () => {
  const [found, admin] = [await signedIn(), await signedIn()];
  const client = { userAgent: "The administrator's", ipAddress: "198.51.100.7" };
  await changeRole(found.user.id, "admin", { userId: admin.user.id, note: "because", ...client });

  const notices = await findNotices(found, ENGLISH);
  expect(notices).toMatchObject([{ kind: "role", browser: null, ipAddress: null }]);
  expect(JSON.stringify(notices)).not.toMatch(/administrator's|198\.51/);
});

test("a wrong password while confirming is not a failed log-in, and one on the log-in page is", async () => {
  const found = await signedIn();
  const line = { userId: found.user.id, sessionHandle: randomUUID(), userAgent: "Test", ipAddress: null };
  await record(db(), { event: "authn_login_fail", reason: "confirm", byUserId: found.user.id, ...line });
  expect(await findNotices(found, ENGLISH)).toEqual([]);

  await record(db(), { event: "authn_login_fail", byUserId: null, ...line, sessionHandle: null });
  expect(await findNotices(found, ENGLISH)).toMatchObject([{ kind: "failures", count: 1 }]);
});

test("a session gets no notice of its own changes, and other sessions do", async () => {
  const found = await signedIn();
  const by = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: null };
  await record(db(), { event: "authn_password_change", sessionHandle: found.session.handle, ...by });
  expect(await findNotices(found, ENGLISH)).toEqual([]);

  const other = (await sessionStore().find(await createSession(found.user, BROWSER))) as ActiveSession;
  expect(await findNotices(other, ENGLISH)).toMatchObject([{ kind: "password" }]);
});

/** Records a failed log-in and a log-in from a new browser, `count` times in turn. */
async function happen({ user }: ActiveSession, count: number): Promise<void> {
  const line = { userId: user.id, userAgent: "Test", ipAddress: "192.0.2.7" };
  for (let round = 0; round < count; round++) {
    await record(db(), { event: "authn_login_fail", byUserId: null, ...line });
    const sessionHandle = randomUUID();
    await record(db(), {
      event: "authn_login_success",
      reason: "new-browser",
      byUserId: user.id,
      sessionHandle,
      ...line,
    });
  }
}

/** Lets every transaction that could still write an earlier line be over. */
async function settle({ user }: ActiveSession): Promise<void> {
  await transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
    await tx.$executeRaw`UPDATE ledger SET at = at - interval '1 min' WHERE user_id = ${user.id}::uuid`;
  });
}

const stored = ({ user }: ActiveSession) =>
  db().user.findUniqueOrThrow({ where: { id: user.id }, select: { seenLine: true, answeredLines: true } });

test("each notice is answered by itself, in any order, and only answers to later lines are kept", async () => {
  const found = await signedIn();
  await happen(found, 2);
  await settle(found);
  const [failures, newest, older] = await findNotices(found, ENGLISH);
  expect(failures).toMatchObject({ kind: "failures", count: 2 });

  await answerNotice(found, String(newest?.id));
  expect(await findNotices(found, ENGLISH)).toEqual([failures, older]);
  expect((await stored(found)).answeredLines).toEqual([BigInt(String(newest?.id))]);

  await answerNotice(found, String(failures?.id));
  expect(await findNotices(found, ENGLISH)).toEqual([older]);
  await answerNotice(found, String(older?.id));
  expect(await findNotices(found, ENGLISH)).toEqual([]);
  const { seenLine, answeredLines } = await stored(found);
  expect(seenLine).toBe(BigInt(String(older?.id)));
  expect(answeredLines.toSorted()).toEqual([BigInt(String(failures?.id)), BigInt(String(newest?.id))]);

  await happen(found, 1);
  expect(await findNotices(found, ENGLISH)).toMatchObject([{ kind: "failures", count: 1 }, { kind: "log-in" }]);
});

test("failed log-ins after those that a user has seen are not answered with them", async () => {
  const found = await signedIn();
  await happen(found, 1);
  const failures = (await findNotices(found, ENGLISH)).find(({ kind }) => kind === "failures");
  await happen(found, 1);
  await answerNotice(found, String(failures?.id));
  const left = await findNotices(found, ENGLISH);
  expect(left).toMatchObject([{ kind: "failures", count: 1 }, { kind: "log-in" }, { kind: "log-in" }]);
});

test("a notice whose line is written before another one is answered, and committed after that, is asked", async () => {
  const found = await signedIn();
  const line = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: null };
  let commit = () => {};
  const answered = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let written = () => {};
  const isWritten = new Promise<void>((resolve) => {
    written = resolve;
  });
  // For longer than our transactions may last: the machine may be busy.
  const late = db().$transaction(
    async (tx) => {
      await tx.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = 0`;
      await record(tx, { event: "user_updated", reason: "passkey-added", sessionHandle: randomUUID(), ...line });
      written();
      await answered;
    },
    { timeout: 50_000 },
  );
  await Promise.race([isWritten, late]);
  await happen(found, 1);
  for (const { id } of await findNotices(found, ENGLISH)) await answerNotice(found, id);
  const left = await findNotices(found, ENGLISH).finally(commit);
  await late;
  expect(left).toEqual([]);

  expect(await findNotices(found, ENGLISH)).toMatchObject([{ kind: "factor" }]);
});

test("a thousand changes that need no answer push no notice away", async () => {
  const found = await signedIn();
  const by = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: null };
  await record(db(), { event: "user_updated", reason: "passkey-added", sessionHandle: randomUUID(), ...by });
  await db().$executeRaw`
    INSERT INTO ledger (event, reason, user_id, by_user_id)
    SELECT (ARRAY['user_updated', 'authn_login_success'])[1 + n % 2], (ARRAY['name', NULL])[1 + n % 2], ${found.user.id}::uuid, ${found.user.id}::uuid
      FROM generate_series(1, 1000) AS n`;
  expect(await findNotices(found, ENGLISH)).toMatchObject([{ kind: "factor" }]);
});

test.each(["0", "-1", "999999999999999999", "x", ""])(
  "an answer to a notice that does not exist changes nothing: %s",
  async (id) => {
    const found = await signedIn();
    await happen(found, 1);
    const before = await findNotices(found, ENGLISH);
    await answerNotice(found, id);
    expect(await findNotices(found, ENGLISH)).toEqual(before);
    expect(await eventOfNotice(found, id)).toBeNull();
  },
);

test("a user can neither answer another user's notice nor learn its session", async () => {
  const [found, other] = [await signedIn(), await signedIn()];
  await happen(found, 1);
  const [, notice] = await findNotices(found, ENGLISH);
  expect(await eventOfNotice(found, String(notice?.id))).toEqual({ at: expect.any(Date), handle: expect.any(String) });

  expect(await eventOfNotice(other, String(notice?.id))).toBeNull();
  await answerNotice(other, String(notice?.id));
  expect(await findNotices(found, ENGLISH)).toHaveLength(2);
  expect(await stored(other)).toEqual({ seenLine: 0n, answeredLines: [] });
});

test("a log-in far from the use before is one question, whose answer also counts for a new browser", async () => {
  const close = await withPlaces();
  const found = await signedIn();
  const line = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: "81.2.69.142" };
  const sessionHandle = randomUUID();
  await record(db(), { event: "authn_login_success", reason: "new-browser", ...line, sessionHandle });
  await record(db(), { event: "authn_impossible_travel", detail: "8854 km in 40 min", ...line, sessionHandle });
  await record(db(), { event: "authn_login_success", reason: "new-browser", ...line, sessionHandle: randomUUID() });

  const [other, apart] = await findNotices(found, ENGLISH);
  expect(other).toMatchObject({ kind: "log-in", apart: null });
  expect(apart).toMatchObject({
    ...{ kind: "far-apart", ipAddress: "81.2.69.142", place: { name: "London, United Kingdom" } },
    apart: { kilometres: 8900, minutes: 40 },
  });
  expect(await findNotices(found, ENGLISH)).toHaveLength(2);
  expect(await eventOfNotice(found, String(apart?.id))).toMatchObject({ handle: sessionHandle });

  await answerNotice(found, String(apart?.id));
  expect(await findNotices(found, ENGLISH)).toEqual([other]);
  await takeBackAnswer(found, { id: String(apart?.id), first: String(apart?.first) });
  expect(await findNotices(found, ENGLISH)).toEqual([other, apart]);
  await answerNotice(found, String(apart?.id));
  expect(await findNotices(found, ENGLISH)).toEqual([other]);
  close();
});

/** Answers a notice, and takes the answer back. */
async function answerAndTakeBack(found: ActiveSession, notice: Notice | undefined): Promise<void> {
  await answerNotice(found, String(notice?.id));
  expect((await findNotices(found, ENGLISH)).map(({ id }) => id)).not.toContain(notice?.id);
  await takeBackAnswer(found, { id: String(notice?.id), first: String(notice?.first) });
}

test("each answer can be taken back: the question returns as it was, and all others stay as they are", async () => {
  const found = await signedIn();
  await happen(found, 3);
  const before = await findNotices(found, ENGLISH);
  expect(before).toHaveLength(4);
  for (const notice of before) {
    await answerAndTakeBack(found, notice);
    expect(await findNotices(found, ENGLISH)).toEqual(before);
  }

  // Each time one more is answered, in an order in which `seen_line` passes those after it.
  const left = [...before];
  while (left.length > 0) {
    const notice = left.pop();
    await answerAndTakeBack(found, notice);
    expect(await findNotices(found, ENGLISH)).toEqual([...left, notice]);
    await answerNotice(found, String(notice?.id));
    expect(await findNotices(found, ENGLISH)).toEqual(left);
  }
});

test("taking back the answer to failed log-ins brings back only those that it was about", async () => {
  const found = await signedIn();
  await happen(found, 2);
  await answerNotice(found, String((await findNotices(found, ENGLISH))[0]?.id));
  await happen(found, 2);
  const before = await findNotices(found, ENGLISH);
  expect(before[0]).toMatchObject({ kind: "failures", count: 2 });
  await answerAndTakeBack(found, before[0]);
  expect(await findNotices(found, ENGLISH)).toEqual(before);
});

test("taking an answer back asks no other session about what it had not been asked", async () => {
  const found = await signedIn();
  const other = (await sessionStore().find(await createSession(found.user, BROWSER))) as ActiveSession;
  await happen(found, 1);
  const by = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: null };
  await record(db(), { event: "authn_password_change", sessionHandle: found.session.handle, ...by });
  await happen(found, 1);
  await settle(found);
  const notices = await findNotices(found, ENGLISH);
  for (const { id } of notices.toReversed()) await answerNotice(found, id);
  expect(await findNotices(other, ENGLISH)).toEqual([]);

  const oldest = notices.at(-1);
  await takeBackAnswer(found, { id: String(oldest?.id), first: String(oldest?.first) });
  expect(await findNotices(found, ENGLISH)).toEqual([oldest]);
  expect(await findNotices(other, ENGLISH)).toEqual([oldest]);
});

test.each([
  { id: "0", first: "0" },
  { id: "-1", first: "-1" },
  { id: "x", first: "1" },
  { id: "1", first: "x" },
  { id: "", first: "" },
])("taking back an answer that does not exist changes nothing: %j", async (wrong) => {
  const found = await signedIn();
  await happen(found, 2);
  const [, notice] = await findNotices(found, ENGLISH);
  await answerNotice(found, String(notice?.id));
  const before = await stored(found);
  await takeBackAnswer(found, wrong);
  expect(await stored(found)).toEqual(before);
});

test("a user cannot take back another user's answer", async () => {
  const [found, other] = [await signedIn(), await signedIn()];
  await happen(found, 1);
  const [, notice] = await findNotices(found, ENGLISH);
  await answerNotice(found, String(notice?.id));
  await happen(other, 1);
  for (const { id } of await findNotices(other, ENGLISH)) await answerNotice(other, id);
  const before = [await stored(found), await stored(other)];
  await takeBackAnswer(other, { id: String(notice?.id), first: String(notice?.first) });
  expect([await stored(found), await stored(other)]).toEqual(before);
});
