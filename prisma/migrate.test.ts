import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "@/lib/connection";
import { env } from "@/lib/env";
import { createEmptyDatabase } from "@/testing/databases";

const MIGRATIONS = "prisma/migrations";
const NAMES = readdirSync(MIGRATIONS)
  .filter((name) => /^\d/.test(name))
  .sort();
const POSSIBLE_TIMES = NAMES.findIndex((name) => name.endsWith("_possible_times"));

/** An INSERT for each table; the only parameter is used for all its times. */
const ROWS: Record<string, string> = {
  users:
    "INSERT INTO users (id, email, name, password_hash, created_at, disabled_at) VALUES (gen_random_uuid(), 'b@example.com', 'B', '', $1, $1)",
  sessions:
    "INSERT INTO sessions (token_hash, handle, mark, user_id, created_at, last_seen_at, confirmed_at, confirmed_until) SELECT sha256(''), gen_random_uuid(), '', id, $1, $1, $1, $1 FROM users WHERE email = 'a@example.com'",
  links: "INSERT INTO links (subject, token_hash, email, expires_at) VALUES ('reset:x', '', 'a@example.com', $1)",
  mails:
    "INSERT INTO mails (id, recipient, kind, details, created_at, due_at) VALUES (gen_random_uuid(), 'a@example.com', 'reset', '{}', $1, $1)",
  known_browsers:
    "INSERT INTO known_browsers (device_hash, user_id, last_login_at) SELECT '', id, $1 FROM users WHERE email = 'a@example.com'",
  throttles: "INSERT INTO throttles (key, level, failures, free_at, tried_at) VALUES ('address:x', 1, 1, $1, $1)",
  hourly_counts: "INSERT INTO hourly_counts (name, hour, count) VALUES ('live', $1, 1)",
  ledger: "INSERT INTO ledger (event, at) VALUES ('sys_startup', $1)",
};

let connection: Connection;

beforeEach(async () => {
  connection = new Connection(await createEmptyDatabase(env().DATABASE_URL, "migrating"));
  await connection.connect();
  await apply(NAMES.slice(0, POSSIBLE_TIMES));
  await connection.query(
    "INSERT INTO users (id, email, name, password_hash) VALUES (gen_random_uuid(), 'a@example.com', 'A', '')",
  );
});

afterEach(() => connection.end());

test.each(["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])(
  "the migration that forbids impossible times repairs rows with one (%s) instead of failing",
  async (time) => {
    for (const insert of Object.values(ROWS)) await connection.query(insert, [time]);
    await apply(NAMES.slice(POSSIBLE_TIMES));

    const { rows } = await connection.query(
      "SELECT created_at = to_timestamp(0) AND last_seen_at = to_timestamp(0) AND confirmed_until = to_timestamp(0) AS is_over FROM sessions",
    );
    expect(rows).toEqual([{ is_over: true }]);
    // The row can be updated again, as its owner's next request does to record use.
    await connection.query("UPDATE sessions SET last_seen_at = now()");
    await connection.query("UPDATE users SET name = 'C'");
  },
);

test("Postgres rejects impossible times in every table", async () => {
  await apply(NAMES.slice(POSSIBLE_TIMES));

  for (const insert of Object.values(ROWS)) {
    for (const time of ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
      await expect(connection.query(insert, [time])).rejects.toThrow(/_possible"$/);
    await expect(connection.query(insert, ["2026-11-28T00:00:00Z"])).resolves.toMatchObject({ rowCount: 1 });
  }
});

test("Postgres rejects an attempt count that is negative or not a finite number", async () => {
  await apply(NAMES.slice(POSSIBLE_TIMES));

  for (const level of ["NaN", "Infinity", "-1"])
    await expect(
      connection.query(
        "INSERT INTO throttles (key, level, failures, free_at, tried_at) VALUES ('x', $1, 0, now(), now())",
        [level],
      ),
    ).rejects.toThrow("throttles_possible");
});

async function apply(names: string[]): Promise<void> {
  for (const name of names) await connection.query(readFileSync(`${MIGRATIONS}/${name}/migration.sql`, "utf8"));
}
