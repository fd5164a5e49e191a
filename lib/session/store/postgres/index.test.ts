/** @module-tag time */
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { type Database, db, transaction } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { expiry } from "@/lib/session/policy";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { hashToken, newToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { ageSessions, createSession } from "@/testing/sessions";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };
const BROWSER = { ...HERE, publicComputer: false, previousToken: null };

function newUser() {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role: "user" });
}

async function find(token: string): Promise<ActiveSession> {
  const found = await sessionStore().find(token);
  if (!found) throw new Error("There is no such session");
  return found;
}

function age(token: string, { created = 0, seen = 0 }: { created?: number; seen?: number }) {
  return ageSessions({ token }, { created, seen });
}

test("a session is found by its token, with its user and without secrets", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  const found = await sessionStore().find(token);

  expect(found?.user).toEqual({ id: user.id, email: user.email, name: "Test", role: "user" });
  expect(found?.session).toMatchObject({ publicComputer: false, userAgent: "Test", ipAddress: "192.0.2.7" });
  expect(Object.keys(found?.session ?? {}).sort()).toEqual([
    "confirmedAt",
    "confirmedUntil",
    "createdAt",
    "handle",
    "idleAt",
    "ipAddress",
    "lastIpAddress",
    "lastSeenAt",
    "name",
    "publicComputer",
    "totalAt",
    "userAgent",
  ]);
});

test("150 concurrent look-ups each get their own session, or none for an unknown token", async () => {
  const users = await Promise.all(Array.from({ length: 5 }, newUser));
  const tokens = await Promise.all(users.map((user) => createSession(user, BROWSER)));
  // More than one statement looks up, some of them twice, and some of unknown tokens.
  const asked = Array.from({ length: 150 }, (_, index) => (index % 3 === 2 ? newToken() : String(tokens[index % 5])));
  const found = await Promise.all(asked.map((token) => sessionStore().find(token)));

  const expected = asked.map((token) => users[tokens.indexOf(token)]?.id);
  expect(found.map((one) => one?.user.id)).toEqual(expected);
});

test("the stored hash cannot be used as a token", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const stored = Buffer.from(hashToken(token));

  expect(await sessionStore().find(stored.toString("base64url"))).toBeNull();
  expect(await sessionStore().find(stored.toString("hex"))).toBeNull();
});

test("looking up or ending an unknown token finds nothing and creates no row", async () => {
  const token = newToken();
  expect(await sessionStore().find(token)).toBeNull();
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);

  expect(await db().session.count({ where: { tokenHash: hashToken(token) } })).toBe(0);
});

test("logging in ends this browser's previous session, even if it belonged to another user", async () => {
  const before = await createSession(await newUser(), BROWSER);
  const token = await createSession(await newUser(), { ...BROWSER, previousToken: before });

  expect(await sessionStore().find(before)).toBeNull();
  expect(await sessionStore().find(token)).not.toBeNull();
});

test("ending a session deletes its row, and ending it twice is no error", async () => {
  const token = await createSession(await newUser(), BROWSER);
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);

  expect(await sessionStore().find(token)).toBeNull();
});

test("the database's clock decides whether a session has expired", async () => {
  const token = await createSession(await newUser(), BROWSER);
  // The table stores milliseconds, rounded.
  await age(token, { created: 7 * DAY + 1, seen: 7 * DAY + 1 });

  // This machine's clock is 30 days behind.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 30 * DAY });
  const { session, lifetimes, now } = await find(token);
  vi.useRealTimers();
  expect(expiry(session, lifetimes, now)?.reason).toBe("idle");
});

test("use is recorded after the touch interval, and not before", async () => {
  const token = await createSession(await newUser(), BROWSER);
  await age(token, { created: 3_600_000, seen: 59_000 });
  const early = await find(token);
  await sessionStore().touch(token, early.lifetimes, null);
  expect((await find(token)).session.lastSeenAt).toEqual(early.session.lastSeenAt);

  await age(token, { created: 3_600_000, seen: 61_000 });
  await sessionStore().touch(token, (await find(token)).lifetimes, null);
  const { now, session } = await find(token);
  expect(now.getTime() - session.lastSeenAt.getTime()).toBeLessThan(5000);
});

test("recording use does not restore a session that was ended meanwhile", async () => {
  const token = await createSession(await newUser(), BROWSER);
  await age(token, { created: 3_600_000, seen: 3_600_000 });
  const found = await find(token);
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);
  await sessionStore().touch(token, found.lifetimes, null);

  expect(await sessionStore().find(token)).toBeNull();
});

test("recording use does not extend an expired session", async () => {
  const token = await createSession(await newUser(), BROWSER);
  await age(token, { created: 8 * DAY, seen: 8 * DAY });
  await sessionStore().touch(token, (await find(token)).lifetimes, null);

  const { session, lifetimes, now } = await find(token);
  expect(expiry(session, lifetimes, now)?.reason).toBe("idle");
});

test("a session that ten callers end at once leaves one ledger line", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  const { session } = await find(token);
  await Promise.all(
    Array.from({ length: 10 }, () => sessionStore().end(db(), { tokenHash: hashToken(token) }, "revoked", HERE)),
  );

  const lines = await db().ledgerLine.findMany({ where: { userId: user.id } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    event: "session_expired",
    reason: "revoked",
    userId: user.id,
    byUserId: user.id,
    sessionHandle: session.handle,
    ipAddress: "192.0.2.7",
    userAgent: "Test",
  });
});

test("the ledger contains neither the token nor its hash", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);

  const [line] = await db().$queryRaw<
    { text: string }[]
  >`SELECT ledger::text AS text FROM ledger WHERE user_id = ${user.id}::uuid`;
  expect(line?.text).not.toContain(token);
  expect(line?.text).not.toContain(Buffer.from(hashToken(token)).toString("hex"));
});

test("only the holder of the token learns how the session ended", async () => {
  const token = await createSession(await newUser(), BROWSER);
  expect(await sessionStore().findEnding(token)).toBeNull();
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "revoked", HERE);

  expect(await sessionStore().findEnding(token)).toMatchObject({ reason: "revoked", userAgent: "Test" });
  expect(await sessionStore().findEnding(newToken())).toBeNull();
  expect(await sessionStore().findEnding(Buffer.from(hashToken(token)).toString("base64url"))).toBeNull();
});

test("a session does not end when its ledger line cannot be written", async () => {
  const token = await createSession(await newUser(), BROWSER);
  await expect(
    sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", { ...HERE, ipAddress: "no address" }),
  ).rejects.toThrow();

  expect(await sessionStore().find(token)).not.toBeNull();
});

test("a user's list has that user's active sessions, without expired ones or other users' sessions", async () => {
  const user = await newUser();
  const here = await createSession(user, BROWSER);
  await createSession(user, BROWSER);
  const left = await createSession(user, BROWSER);
  await age(left, { created: 8 * DAY, seen: 8 * DAY });
  await createSession(await newUser(), BROWSER);

  const { sessions } = await sessionStore().list({ id: user.id, role: "user" });
  expect(sessions).toHaveLength(2);
  expect(sessions.map(({ handle }) => handle)).toContain((await find(here)).session.handle);
});

test("deleting a user deletes all of their sessions", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  await db().user.delete({ where: { id: user.id } });

  expect(await sessionStore().find(token)).toBeNull();
});

test("Prisma refuses an undefined condition instead of matching every row", async () => {
  const where = { handle: undefined as unknown as string };
  await expect(db().session.deleteMany({ where })).rejects.toThrow(/undefined/);
});

test("30 concurrent log-ins never exceed the session limit, and end the least recently used sessions", async () => {
  const user = await newUser();
  const first = await createSession(user, BROWSER);
  await Promise.all(Array.from({ length: 30 }, () => createSession(user, BROWSER)));

  expect(await db().session.count({ where: { userId: user.id } })).toBe(20);
  expect(await sessionStore().find(first)).toBeNull();
  expect(await sessionStore().findEnding(first)).toMatchObject({ reason: "over-limit" });
});

test("at the session limit, a log-in that may not end other sessions is refused and ends none", async () => {
  const user = await newUser();
  for (let index = 0; index < 20; index++) await createSession(user, BROWSER);
  const [result] = await Promise.allSettled([createSession(user, BROWSER, { kind: "refuse" })]);

  expect(result).toMatchObject({ status: "rejected", reason: { name: "TooManySessions" } });
  expect(await db().session.count({ where: { userId: user.id } })).toBe(20);
});

test("expired sessions do not count towards the session limit", async () => {
  const user = await newUser();
  for (let index = 0; index < 20; index++)
    await age(await createSession(user, BROWSER), { created: 8 * DAY, seen: 8 * DAY });

  await createSession(user, BROWSER, { kind: "refuse" });
  expect((await sessionStore().list({ id: user.id, role: "user" })).sessions).toHaveLength(1);
});

test("a session is not stored when its log-in fails later in the transaction", async () => {
  const user = await newUser();
  const logIn = transaction(async (tx) => {
    await sessionStore().create(tx, user, BROWSER);
    throw new Error("no");
  });
  await expect(logIn).rejects.toThrow("no");
  expect(await db().session.count({ where: { userId: user.id } })).toBe(0);
});

test("another user's session can be neither ended nor renamed by its handle", async () => {
  const [user, other] = [await newUser(), await newUser()];
  const token = await createSession(other, BROWSER);
  const { handle } = (await find(token)).session;

  expect(
    await transaction((tx) => sessionStore().end(tx, { userId: user.id, handles: [handle] }, "revoked", HERE)),
  ).toBe(0);
  expect(await sessionStore().rename({ userId: user.id, handle }, "Mine")).toBe(false);
  expect((await find(token)).session.name).toBeNull();
});

test("a renewed token stands for the same session, and the old token no longer works", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const { session } = await find(token);
  const renewed = await transaction((tx) => sessionStore().renew(tx, token));

  expect(await sessionStore().find(token)).toBeNull();
  expect((await find(String(renewed))).session.handle).toBe(session.handle);
  expect(await transaction((tx) => sessionStore().renew(tx, token))).toBeNull();
});

test("a confirmation lasts 15 minutes and can be extended, but not once it has lapsed", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const { session, now } = await find(token);
  expect(session.confirmedUntil.getTime() - now.getTime()).toBeGreaterThan(14 * 60_000);
  expect(await sessionStore().extendConfirmation(session.handle)).toBe(true);

  await sessionStore().dropConfirmation(session.handle);
  expect(await sessionStore().extendConfirmation(session.handle)).toBe(false);
});

test("recording use is a heap-only (HOT) update, which changes no index", async () => {
  const tokens = await Promise.all(Array.from({ length: 5 }, async () => createSession(await newUser(), BROWSER)));
  await untilQuiet();
  const before = await updatesOfSessions();
  for (const token of tokens) {
    const { lifetimes } = await find(token);
    await sessionStore().touch(token, { ...lifetimes, touch: 0 }, "192.0.2.99");
  }

  // Each connection reports its counts to Postgres from time to time.
  const counted = async () => {
    const { all, hot } = await updatesOfSessions();
    return { all: all - before.all, hot: hot - before.hot };
  };
  await expect.poll(counted, { timeout: 15_000 }).toEqual({ all: 5, hot: 5 });
});

test("logging in over another user's session ends it as replaced, and its owner's ledger line names who did", async () => {
  const [owner, other] = [await newUser(), await newUser()];
  const before = await createSession(owner, BROWSER);
  await createSession(other, { ...BROWSER, previousToken: before });

  const [line] = await db().ledgerLine.findMany({ where: { userId: owner.id } });
  expect(line).toMatchObject({ reason: "replaced", byUserId: other.id, ipAddress: "192.0.2.7", userAgent: "Test" });
  expect(await sessionStore().findEnding(before)).toMatchObject({ reason: "replaced" });
});

test("two users who log in over each other's session at the same moment cause no deadlock", async () => {
  vi.resetModules();
  vi.stubEnv("MAX_SESSIONS", "1");
  const { createSession: start } = await import("@/testing/sessions");
  const [one, two] = [await newUser(), await newUser()];
  let [ofOne, ofTwo] = [await start(one, BROWSER), await start(two, BROWSER)];

  for (let round = 0; round < 20; round++) {
    const started = performance.now();
    [ofTwo, ofOne] = await Promise.all([
      start(two, { ...BROWSER, previousToken: ofOne }),
      start(one, { ...BROWSER, previousToken: ofTwo }),
    ]);
    // Postgres looks for deadlocks after one second.
    expect(performance.now() - started).toBeLessThan(900);
  }
  vi.unstubAllEnvs();
  for (const { id } of [one, two]) expect(await db().session.count({ where: { userId: id } })).toBe(1);
});

/** The number of statements in this database that wait for a lock. */
async function waiting(client: Client): Promise<number> {
  const { rows } = await client.query(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows[0].count;
}

/**
 * Runs `work` while another connection has locked the first row. Returns whether it waits for that row without
 * having locked the second one.
 */
async function waitsForFirst(
  { table, first, second }: { table: "users" | "sessions"; first: string; second: string },
  work: () => Promise<unknown>,
): Promise<boolean> {
  const key = table === "users" ? "id" : "handle";
  const holding = new Client(env().DATABASE_URL);
  await holding.connect();
  try {
    await holding.query(`BEGIN; SELECT FROM ${table} WHERE ${key} = '${first}' FOR UPDATE`);
    const done = work();
    await expect.poll(() => waiting(holding), { interval: 10 }).toBe(1);
    const { rowCount } = await holding.query(`SELECT FROM ${table} WHERE ${key} = '${second}' FOR UPDATE SKIP LOCKED`);
    await holding.query("COMMIT");
    await done;
    return rowCount === 1;
  } finally {
    await holding.end();
  }
}

test("every log-in locks users in the order of their ids", async () => {
  // Ids increase with time.
  const [first, second] = [await newUser(), await newUser()];
  for (const [owner, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const previousToken = await createSession(owner, BROWSER);
    const logIn = () => createSession(other, { ...BROWSER, previousToken });
    expect(await waitsForFirst({ table: "users", first: first.id, second: second.id }, logIn)).toBe(true);
  }
});

test("ending sessions locks them in the order of their log-ins, including the one that stays", async () => {
  const by = { ...HERE, userId: null };
  for (const except of ["nobody", "first"] as const) {
    const user = await newUser();
    const [one, two] = [await createSession(user, BROWSER), await createSession(user, BROWSER)];
    const [first, second] = [(await find(one)).session.handle, (await find(two)).session.handle];
    await age(one, { created: 60_000 });
    // An update moves the row behind the other one in the table.
    await sessionStore().rename({ userId: user.id, handle: first }, "Moved");

    const which = { userId: user.id, except: except === "first" ? first : null };
    const endAll = () => transaction((tx) => sessionStore().end(tx, which, "revoked", by));
    expect(await waitsForFirst({ table: "sessions", first, second }, endAll)).toBe(true);
  }
});

test("a session that is used during a log-in is not ended as the least recently used one", async () => {
  const user = await newUser();
  const tokens: string[] = [];
  for (let index = 0; index < 20; index++) tokens.push(await createSession(user, BROWSER));
  for (const [index, token] of tokens.entries()) await age(token, { created: DAY, seen: (20 - index) * 60_000 });
  const using = new Client(env().DATABASE_URL);
  await using.connect();
  await using.query("BEGIN");
  await using.query("UPDATE sessions SET last_seen_at = now() WHERE token_hash = $1", [hashToken(String(tokens[0]))]);
  const started = createSession(user, BROWSER);
  await expect.poll(() => waiting(using), { interval: 10 }).toBe(1);
  await using.query("COMMIT");
  await using.end();
  await started;

  expect(await sessionStore().find(String(tokens[0]))).not.toBeNull();
  expect(await sessionStore().find(String(tokens[1]))).toBeNull();
});

test("an expired session ends at the time and for the reason of its expiry, even when someone ends it later", async () => {
  const user = await newUser();
  const [loggedOut, revoked, left, living] = await Promise.all(
    Array.from({ length: 4 }, () => createSession(user, BROWSER)),
  );
  const handles = await Promise.all(
    [loggedOut, revoked, left].map(async (token) => (await find(String(token))).session.handle),
  );
  await age(String(loggedOut), { created: 8 * DAY, seen: 8 * DAY });
  await age(String(revoked), { created: 31 * DAY, seen: 1000 });
  await age(String(left), { created: 9 * DAY, seen: 8 * DAY });
  const expected = [8 - 7, 31 - 30, 8 - 7];

  await sessionStore().end(db(), { tokenHash: hashToken(String(loggedOut)) }, "logged-out", HERE);
  expect(
    await transaction((tx) =>
      sessionStore().end(tx, { userId: user.id, handles: [String(handles[1])] }, "revoked", {
        ...HERE,
        userId: user.id,
      }),
    ),
  ).toBe(0);
  const by = { ...HERE, userId: user.id, note: "because" };
  expect(
    await transaction((tx) => sessionStore().end(tx, { userId: user.id, except: null }, "password-changed", by)),
  ).toBe(1);

  const lines = await db().ledgerLine.findMany({ where: { userId: user.id } });
  const lineOf = (handle: string | undefined) => lines.find(({ sessionHandle }) => sessionHandle === handle);
  for (const [index, handle] of handles.entries()) {
    const [reason, detail] = index === 1 ? ["expired", "2592000"] : ["idle", "604800"];
    expect(lineOf(handle)).toMatchObject({
      reason,
      detail,
      byUserId: null,
      ipAddress: null,
      userAgent: null,
      note: null,
    });
    const ago = Date.now() - Number(lineOf(handle)?.at);
    expect(Math.abs(ago - Number(expected[index]) * DAY)).toBeLessThan(60_000);
  }
  expect(lines.filter(({ reason }) => reason === "password-changed")).toHaveLength(1);
  expect(await sessionStore().find(String(living))).toBeNull();
});

test("a log-in fails when its account is deleted at the same moment", async () => {
  const user = await newUser();
  const deleting = new Client(env().DATABASE_URL);
  await deleting.connect();
  await deleting.query("BEGIN");
  await deleting.query("DELETE FROM users WHERE id = $1", [user.id]);
  const started = Promise.allSettled([createSession(user, BROWSER)]);
  await deleting.query("COMMIT");
  await deleting.end();

  const [result] = await started;
  expect(result).toMatchObject({ status: "rejected", reason: { name: "UserGone" } });
});

test("a transaction that Postgres aborts because of a deadlock is run again", async () => {
  const [one, two] = [await newUser(), await newUser()];
  const rename = (tx: Database, { id }: { id: string }, name: string) =>
    tx.user.updateMany({ where: { id }, data: { name } });
  let [tries, meet] = [0, () => {}];
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const cross = (first: { id: string }, second: { id: string }, name: string) =>
    transaction(async (tx) => {
      // Shorter than the statement timeout.
      await tx.$executeRaw`SET LOCAL deadlock_timeout = '50ms'`;
      await rename(tx, first, name);
      if (++tries === 2) meet();
      await met;
      await rename(tx, second, name);
    });

  await Promise.all([cross(one, two, "One"), cross(two, one, "Two")]);
  // Postgres aborted at least one of the two, at least once.
  expect(tries).toBeGreaterThan(2);
  const names = await db().user.findMany({ where: { id: { in: [one.id, two.id] } }, select: { name: true } });
  expect(new Set(names.map(({ name }) => name)).size).toBe(1);
});

/** How many rows of sessions have been updated since the database was created, and how many of them in place (HOT). */
async function updatesOfSessions(): Promise<{ all: number; hot: number }> {
  const [row] = await db().$queryRaw<{ all: number; hot: number }[]>`
    SELECT coalesce(pg_stat_get_tuples_updated(c), 0)::int AS all, coalesce(pg_stat_get_tuples_hot_updated(c), 0)::int AS hot
      FROM (SELECT 'sessions'::regclass::oid AS c, pg_stat_force_next_flush()) AS those`;
  return row ?? { all: 0, hot: 0 };
}

/** Waits until all connections have reported their earlier counts. */
async function untilQuiet(): Promise<void> {
  let last = -1;
  await expect
    .poll(
      async () => {
        const { all } = await updatesOfSessions();
        const isQuiet = all === last;
        last = all;
        return isQuiet;
      },
      { interval: 1500, timeout: 15_000 },
    )
    .toBe(true);
}
