/** @module-tag time */
import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { type Database, db, transaction } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { expiry } from "@/lib/session/policy";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { hashToken, newToken } from "@/lib/session/token";
import { ageSessions, createSession } from "@/testing/sessions";
import { BROWSER, HERE, newUser } from "@/testing/stores";

// What only the store in Postgres does: see contract.test.ts for the rest.

async function find(token: string): Promise<ActiveSession> {
  const found = await sessionStore().find(token);
  if (!found) throw new Error("There is no such session");
  return found;
}

function age(token: string, { created = 0, seen = 0 }: { created?: number; seen?: number }) {
  return ageSessions({ token }, { created, seen });
}

test("looking up or ending an unknown token finds nothing and creates no row", async () => {
  const token = newToken();
  expect(await sessionStore().find(token)).toBeNull();
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);

  expect(await db().session.count({ where: { tokenHash: hashToken(token) } })).toBe(0);
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

test("Prisma refuses an undefined condition instead of matching every row", async () => {
  const where = { handle: undefined as unknown as string };
  await expect(db().session.deleteMany({ where })).rejects.toThrow(/undefined/);
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

test("a token that an instance of an earlier version renews begins with generation 0", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const to = { generation: 3, since: Date.now(), client: "x".repeat(11), returns: 0 };
  await sessionStore().touch(token, (await find(token)).lifetimes, null, { rotated: { from: null, to } });
  expect((await find(token)).rotation).toEqual(to);
  const renewed = newToken();
  await db().$executeRaw`UPDATE sessions SET token_hash = ${hashToken(renewed)} WHERE token_hash = ${hashToken(token)}`;
  expect((await find(renewed)).rotation).toBeNull();
});
