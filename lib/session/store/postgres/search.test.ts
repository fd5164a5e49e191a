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

test("the sessions of one user are meant, and nobody else's", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const [his, hers] = [await newSession(bob), await newSession(ada)];

  expect(await sessionStore().endSelected({ userId: ada.id }, "by-admin", ADMINISTRATOR)).toBe(1);
  expect(await sessionStore().find(hers)).toBeNull();
  expect(await sessionStore().find(his)).not.toBeNull();
});

test("a session of somebody else is not ended by the handle and another user's id", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const his = await newSession(bob);

  expect(
    await sessionStore().endSelected({ userId: ada.id, handle: await handleOf(his) }, "by-admin", ADMINISTRATOR),
  ).toBe(0);
  expect(await sessionStore().find(his)).not.toBeNull();
});

test("what was signed in from a range of addresses, or used from it last, is meant", async () => {
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

test("what was signed in before a time is meant, and the one that is left out is not", async () => {
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

test("only what lives is listed, counted and ended: what is over keeps the reason that time gave it", async () => {
  const [user, admin] = [await newUser(), await newUser("admin")];
  const [idle, onPublic] = [await newSession(user), await newSession(user, { publicComputer: true })];
  const administrators = await newSession(admin);
  await age(idle, { created: 24 * 8, seen: 24 * 8 });
  await age(onPublic, { created: 1, seen: 1 });
  // An administrator's day is over, which a user's is not.
  await age(administrators, { created: 30, seen: 30 });

  for (const { id } of [user, admin]) {
    expect((await sessionStore().search({ userId: id }, null)).sessions).toEqual([]);
    expect(await sessionStore().count({ userId: id })).toBe(0);
    expect(await sessionStore().endSelected({ userId: id }, "by-admin", ADMINISTRATOR)).toBe(0);
  }
});

test("a session that is used and too old is not among those that live", async () => {
  const user = await newUser();
  await age(await newSession(user), { created: 24 * 31 });

  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  expect(await sessionStore().measure({ userId: user.id })).toMatchObject({ sessions: 0, people: 0, newer: 0 });
});

test("before a moment is without what was signed in at it, and until a moment is with that", async () => {
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

test("of a selection it is said how many sessions of how many people there were, and how many came later", async () => {
  const address = "198.18.7.0/24";
  const [ada, bob, eve] = [await newUser(), await newUser(), await newUser()];
  for (const user of [ada, ada, bob]) await age(await newSession(user, { ipAddress: "198.18.7.1" }), { created: 2 });
  for (const user of [bob, eve]) await newSession(user, { ipAddress: "198.18.7.2" });

  const until = new Date(Date.now() - 3_600_000);
  expect(await sessionStore().measure({ address }, until)).toEqual({ sessions: 3, people: 2, newer: 2, until });
});

test("a session of a disabled user is not among those that live", async () => {
  const user = await newUser();
  await newSession(user);
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });

  expect(await sessionStore().count({ userId: user.id })).toBe(0);
});

test("everybody is ended, however many there are, but for one; each with its line and the reason that was given", async () => {
  const [user, mine] = [await newUser(), await newUser()];
  const kept = await newSession(mine);
  // More than are looked at in one statement.
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

test("a session that is in use while many are ended is ended too", async () => {
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

/** Whether a statement waits for somebody else's. */
async function waitingForLock(): Promise<boolean> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return (row?.count ?? 0) > 0;
}

test("whose session an administrator ended is told so, and not the reason that was written down", async () => {
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

test("pages of sessions are one after the other, and none is left out or shown twice", async () => {
  const user = await newUser();
  for (let count = 0; count < 5; count++) await newSession(user);
  // Three of them at the same moment.
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
  "a position that is none begins at the first page: %j",
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);

test("as many sessions live when they are counted page by page as when they are counted at once", async () => {
  const user = await newUser();
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id)
    SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), '', ${user.id}::uuid FROM generate_series(1, 200)`;

  const atOnce = await countActive(1_000_000);
  expect(atOnce).toBeGreaterThanOrEqual(200);
  expect(await countActive(1)).toBe(atOnce);
});
