/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { parsePosition } from "@/lib/session/store/position";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import { countActive } from "./search";

const ADMINISTRATOR = { userId: null, note: "because", userAgent: null, ipAddress: null };

function newUser(role: "user" | "admin" = "user") {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role });
}

function newSession(user: { id: string }, { ipAddress = "192.0.2.7", publicComputer = false } = {}) {
  return createSession(user, { userAgent: "Test", ipAddress, publicComputer, previousToken: null });
}

async function age(token: string, { created = 0, seen = 0 }: { created?: number; seen?: number }) {
  await db().$executeRaw`
    UPDATE sessions SET created_at = now() - make_interval(hours => ${created}::int), last_seen_at = now() - make_interval(hours => ${seen}::int)
     WHERE token_hash = ${hashToken(token)}`;
}

async function handleOf(token: string): Promise<string> {
  return (await sessionStore().find(token))?.session.handle ?? "";
}

test("selecting one user ends that user's sessions, and nobody else's", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const [his, hers] = [await newSession(bob), await newSession(ada)];

  expect(await sessionStore().endSelected({ userId: ada.id }, "by-admin", ADMINISTRATOR)).toBe(1);
  expect(await sessionStore().find(hers)).toBeNull();
  expect(await sessionStore().find(his)).not.toBeNull();
});

test("a handle together with another user's id ends no session", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const his = await newSession(bob);

  expect(
    await sessionStore().endSelected({ userId: ada.id, handles: [await handleOf(his)] }, "by-admin", ADMINISTRATOR),
  ).toBe(0);
  expect(await sessionStore().find(his)).not.toBeNull();
});

test("handles select these sessions, and an empty list selects none", async () => {
  const user = await newUser();
  const [one, two, three] = [await newSession(user), await newSession(user), await newSession(user)];

  expect(await sessionStore().count({ handles: [] })).toBe(0);
  expect(await sessionStore().endSelected({ handles: [] }, "by-admin", ADMINISTRATOR)).toBe(0);
  const handles = [await handleOf(one), await handleOf(two)];
  expect(await sessionStore().measure({ handles })).toMatchObject({ sessions: 2, people: 1 });
  expect(await sessionStore().endSelected({ handles }, "by-admin", ADMINISTRATOR)).toBe(2);
  expect([await sessionStore().find(one), await sessionStore().find(two)]).toEqual([null, null]);
  expect(await sessionStore().find(three)).not.toBeNull();
});

test("a range of addresses selects the sessions that logged in or were last used from it", async () => {
  const user = await newUser();
  const inside = await newSession(user, { ipAddress: "198.51.100.9" });
  const moved = await newSession(user, { ipAddress: "2001:db8::1" });
  const outside = await newSession(user, { ipAddress: "198.51.101.9" });
  await db().$executeRaw`UPDATE sessions SET last_ip_address = '198.51.100.10' WHERE token_hash = ${hashToken(moved)}`;

  const range = { userId: user.id, address: "198.51.100.0/24" };
  expect(await sessionStore().count(range)).toBe(2);
  expect(await sessionStore().endSelected({ address: "198.51.100.0/24" }, "by-admin", ADMINISTRATOR)).toBe(2);
  expect([await sessionStore().find(inside), await sessionStore().find(moved)]).toEqual([null, null]);
  expect(await sessionStore().find(outside)).not.toBeNull();
});

test("`before` selects sessions with an earlier log-in, and `except` leaves one of them out", async () => {
  const user = await newUser();
  const [old, mine, fresh] = [await newSession(user), await newSession(user), await newSession(user)];
  await age(old, { created: 5 });
  await age(mine, { created: 5 });
  const before = new Date(Date.now() - 3_600_000);

  const selection = { userId: user.id, before, except: await handleOf(mine) };
  expect(await sessionStore().endSelected(selection, "by-admin", ADMINISTRATOR)).toBe(1);
  expect(await sessionStore().find(old)).toBeNull();
  expect(await sessionStore().find(mine)).not.toBeNull();
  expect(await sessionStore().find(fresh)).not.toBeNull();
});

test("expired sessions are not listed, counted, or ended by an administrator", async () => {
  const [user, admin] = [await newUser(), await newUser("admin")];
  const [idle, onPublic] = [await newSession(user), await newSession(user, { publicComputer: true })];
  const administrators = await newSession(admin);
  await age(idle, { created: 24 * 8, seen: 24 * 8 });
  await age(onPublic, { created: 1, seen: 1 });
  // Longer than an administrator's idle lifetime, shorter than a user's.
  await age(administrators, { created: 30, seen: 30 });

  for (const { id } of [user, admin]) {
    expect((await sessionStore().search({ userId: id }, null)).sessions).toEqual([]);
    expect(await sessionStore().count({ userId: id })).toBe(0);
    expect(await sessionStore().endSelected({ userId: id }, "by-admin", ADMINISTRATOR)).toBe(0);
  }
});

test("a session in use beyond its total lifetime is not counted as active", async () => {
  const user = await newUser();
  await age(await newSession(user), { created: 24 * 31 });

  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  expect(await sessionStore().measure({ userId: user.id })).toMatchObject({ sessions: 0, people: 0, newer: 0 });
});

test("`before` excludes a session that logged in at exactly that moment, and `until` includes it", async () => {
  const user = await newUser();
  const token = await newSession(user);
  const { createdAt: at } = await db().session.findUniqueOrThrow({
    where: { tokenHash: hashToken(token) },
    select: { createdAt: true },
  });

  expect(await sessionStore().count({ userId: user.id, before: at })).toBe(0);
  expect(await sessionStore().count({ userId: user.id, until: at })).toBe(1);
  expect(await sessionStore().count({ userId: user.id, before: new Date(at.getTime() + 1) })).toBe(1);
  expect(await sessionStore().count({ userId: user.id, until: new Date(at.getTime() - 1) })).toBe(0);
});

test("`usedSince` selects the sessions that were used after a moment", async () => {
  const user = await newUser();
  const [recent, old] = [await newSession(user), await newSession(user)];
  await age(old, { created: 2, seen: 2 });

  const usedSince = new Date(Date.now() - 3_600_000);
  const { sessions } = await sessionStore().search({ userId: user.id, usedSince }, null);
  expect(sessions.map(({ handle }) => handle)).toEqual([await handleOf(recent)]);
  expect(await sessionStore().count({ userId: user.id, usedSince })).toBe(1);
});

test("measure counts the sessions and their users at a moment, and the sessions that started later", async () => {
  const address = "198.18.7.0/24";
  const [ada, bob, eve] = [await newUser(), await newUser(), await newUser()];
  for (const user of [ada, ada, bob]) await age(await newSession(user, { ipAddress: "198.18.7.1" }), { created: 2 });
  for (const user of [bob, eve]) await newSession(user, { ipAddress: "198.18.7.2" });

  const until = new Date(Date.now() - 3_600_000);
  expect(await sessionStore().measure({ address }, until)).toEqual({ sessions: 3, people: 2, newer: 2, until });
});

test("a disabled user's session is not counted as active", async () => {
  const user = await newUser();
  await newSession(user);
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });

  expect(await sessionStore().count({ userId: user.id })).toBe(0);
});

test("an administrator can end all sessions except one, even 4,500, each with a ledger line and the given reason", async () => {
  const [user, mine] = [await newUser(), await newUser()];
  const kept = await newSession(mine);
  // More than one statement ends.
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id, created_at)
    SELECT sha256(n::text::bytea), gen_random_uuid(), sha256(n::text::bytea), ${user.id}::uuid, now() - n * interval '1 second'
      FROM generate_series(1, 4500) AS n`;

  expect(
    await sessionStore().endSelected({ except: await handleOf(kept) }, "by-admin", ADMINISTRATOR),
  ).toBeGreaterThanOrEqual(4500);
  expect(await sessionStore().find(kept)).not.toBeNull();
  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  const lines = await db().ledgerLine.count({
    where: { userId: user.id, event: "session_expired", reason: "by-admin", note: "because", byUserId: null },
  });
  expect(lines).toBe(4500);
});

test("a session whose row is locked while many are ended is ended too", async () => {
  const user = await newUser();
  const token = await newSession(user, { ipAddress: "203.0.113.77" });
  let letGo = () => {};
  const isHeld = new Promise<void>((held) => {
    db()
      .$transaction(async (tx) => {
        await tx.$queryRaw`SELECT token_hash FROM sessions WHERE token_hash = ${hashToken(token)} FOR UPDATE`;
        held();
        await new Promise<void>((go) => {
          letGo = go;
        });
      })
      .catch(() => {});
  });
  await isHeld;
  const ending = sessionStore().endSelected({ address: "203.0.113.77" }, "by-admin", ADMINISTRATOR);
  await expect.poll(() => waitingForLock()).toBe(true);
  letGo();

  expect(await ending).toBe(1);
  expect(await sessionStore().find(token)).toBeNull();
});

/** Whether a statement waits for another transaction's lock. */
async function waitingForLock(): Promise<boolean> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return (row?.count ?? 0) > 0;
}

test("users learn that an administrator ended their session, but not the administrator's note", async () => {
  const user = await newUser();
  const token = await newSession(user);
  await sessionStore().endSelected({ userId: user.id }, "by-admin", ADMINISTRATOR);

  expect(await sessionStore().findEnding(token)).toEqual({
    reason: "by-admin",
    at: expect.any(Date),
    userAgent: null,
    detail: null,
  });
});

test("pages of sessions neither skip nor repeat a session, even with equal log-in times", async () => {
  const user = await newUser();
  for (let count = 0; count < 5; count++) await newSession(user);
  // Three sessions with the same log-in time.
  await db().$executeRaw`
    UPDATE sessions SET created_at = date_trunc('second', now()) - interval '1 second'
     WHERE token_hash IN (SELECT token_hash FROM sessions WHERE user_id = ${user.id}::uuid LIMIT 3)`;

  const first = await sessionStore().search({ userId: user.id }, null, 2);
  const second = await sessionStore().search({ userId: user.id }, parsePosition(first.next), 2);
  const third = await sessionStore().search({ userId: user.id }, parsePosition(second.next), 2);
  const handles = [first, second, third].flatMap(({ sessions }) => sessions.map(({ handle }) => handle));
  expect(new Set(handles).size).toBe(5);
  expect(third.next).toBeNull();
});

test.each([undefined, "", "x", "1.x", "1'.", "-1.00000000-0000-0000-0000-000000000000"])(
  "text that is not a position gives the first page: %j",
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);

test("counting active sessions page by page gives the same result as counting them all at once", async () => {
  const user = await newUser();
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id)
    SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), '', ${user.id}::uuid FROM generate_series(1, 200)`;

  const atOnce = await countActive(1_000_000);
  expect(atOnce).toBeGreaterThanOrEqual(200);
  expect(await countActive(1)).toBe(atOnce);
});
