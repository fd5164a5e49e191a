import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "@/lib/connection";
import { DAY, env, HOUR, MINUTE } from "@/lib/env";
import { createEmptyDatabase } from "@/testing/databases";

// Tests the migration of the ledger's sums from one per day to one per quarter of an hour, on databases that lack it.

const MIGRATIONS = "prisma/migrations";
const NAMES = readdirSync(MIGRATIONS)
  .filter((name) => /^\d/.test(name))
  .sort();
const BY_QUARTER = NAMES.findIndex((name) => name.endsWith("_sums_by_quarter"));

/** The user id in the sums of all users. */
const EVERYBODY = "00000000-0000-0000-0000-000000000000";

const QUARTER = 15 * MINUTE;

let url: string;
let connection: Connection;

beforeEach(async () => {
  url = await createEmptyDatabase(env().DATABASE_URL, "sums_by_quarter");
  connection = await connect();
  await apply(NAMES.slice(0, BY_QUARTER));
});

afterEach(() => connection.end());

test("the migration counts the lines of the last 31 days by the quarter of an hour, for each user and for all", async () => {
  const userId = randomUUID();
  const quarter = Math.floor(Date.now() / QUARTER) * QUARTER;
  for (const ago of [40 * DAY, 30 * DAY + MINUTE, 30 * DAY, 30 * DAY - MINUTE, 2 * HOUR, 0])
    await fail(connection, userId, new Date(quarter - ago));
  await apply(NAMES.slice(BY_QUARTER));

  for (const whose of [userId, EVERYBODY]) {
    const { rows } = await connection.query(
      "SELECT since, failures FROM daily_counts WHERE user_id = $1 ORDER BY since",
      [whose],
    );
    expect(rows.map(({ since, failures }) => [quarter - since.getTime(), failures])).toEqual([
      [30 * DAY + QUARTER, 1],
      [30 * DAY, 2],
      [2 * HOUR, 1],
      [0, 1],
    ]);
  }
});

test("an instance of the previous version, which adds up the rows of a day in UTC, shows the same sums after the migration", async () => {
  const userId = randomUUID();
  for (let hours = 0; hours < 60; hours += 5) await fail(connection, userId, new Date(Date.now() - hours * HOUR));
  const sums = async () => {
    const { rows } = await connection.query(
      "SELECT user_id, day, sum(sign_ins)::int AS log_ins, sum(failures)::int AS failures FROM daily_counts GROUP BY user_id, day ORDER BY user_id, day",
    );
    return rows;
  };
  const before = await sums();
  await apply(NAMES.slice(BY_QUARTER));

  expect(await sums()).toEqual(before);
});

test("a line of a transaction that the migration waits for is counted once", async () => {
  const [userId, writer] = [randomUUID(), await connect()];
  await writer.query("BEGIN");
  await fail(writer, userId, new Date());
  const migrating = apply(NAMES.slice(BY_QUARTER));
  await untilWaiting(writer, 1);
  await writer.query("COMMIT");
  await migrating;
  await fail(writer, userId, new Date());
  await writer.end();

  expect(await failuresOf(userId)).toBe(2);
});

test("a line written while the migration runs is counted once", async () => {
  const [userId, reader, writer] = [randomUUID(), await connect(), await connect()];
  await reader.query("BEGIN");
  // The migration waits for this reader when it has begun.
  await reader.query("SELECT FROM daily_counts");
  const migrating = apply(NAMES.slice(BY_QUARTER));
  await untilWaiting(reader, 1);
  const writing = fail(writer, userId, new Date());
  await untilWaiting(reader, 2);
  await reader.query("COMMIT");
  await Promise.all([migrating, writing]);
  await Promise.all([reader.end(), writer.end()]);

  expect(await failuresOf(userId)).toBe(1);
});

/** The sum of a user's failed log-ins. */
async function failuresOf(userId: string): Promise<number> {
  const { rows } = await connection.query(
    "SELECT sum(failures)::int AS failures FROM daily_counts WHERE user_id = $1",
    [userId],
  );
  return rows[0].failures;
}

async function connect(): Promise<Connection> {
  const opened = new Connection(url);
  await opened.connect();
  return opened;
}

/** Applies each of these in one transaction, as `applyMigrations` does. */
async function apply(names: string[]): Promise<void> {
  for (const name of names) await connection.query(readFileSync(`${MIGRATIONS}/${name}/migration.sql`, "utf8"));
}

/** Writes a failed log-in at a moment. */
async function fail(by: Connection, userId: string, at: Date): Promise<void> {
  await by.query("INSERT INTO ledger (event, user_id, at) VALUES ('authn_login_fail', $1, $2)", [userId, at]);
}

/** Resolves once this many statements in this database wait for a lock. */
async function untilWaiting(by: Connection, count: number): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await by.query(
        "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT granted AND datname = current_database()",
      );
      return rows.length;
    })
    .toBe(count);
}
