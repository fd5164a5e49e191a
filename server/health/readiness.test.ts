import { afterAll, beforeAll, expect, test } from "vitest";
import { Connection } from "@/lib/connection";
import { createDatabase } from "@/testing/databases";
import { lacksOfDatabase } from "./readiness";

let owner: Connection;
let lacks: ReturnType<typeof lacksOfDatabase>;

/** Changes the database as its owner, and closes the application's connections so that the change applies. */
async function change(sql: string): Promise<void> {
  await owner.query(sql);
  await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'latchkey_runs'");
}

// The application connects as its own role, which owns nothing.
beforeAll(async () => {
  const url = new URL(await createDatabase(String(process.env.DATABASE_URL), "readiness"));
  owner = new Connection(url.href);
  await owner.connect();
  await owner.query(`
    DO $$ BEGIN CREATE ROLE latchkey_runs LOGIN PASSWORD 'latchkey_runs'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO latchkey_runs;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO latchkey_runs`);
  Object.assign(url, { username: "latchkey_runs", password: "latchkey_runs" });
  process.env.DATABASE_URL = url.href;
  lacks = lacksOfDatabase();
}, 60_000);

afterAll(async () => {
  await owner.end();
});

test("a writable database with every privilege that a log-in needs is ready", async () => {
  expect(await lacks()).toEqual([]);
});

test("a read-only database is not ready", async () => {
  await change("ALTER DATABASE readiness SET default_transaction_read_only = on");
  await expect.poll(lacks).toEqual(["read-only"]);
  await change("ALTER DATABASE readiness RESET default_transaction_read_only");
  await expect.poll(lacks).toEqual([]);
});

test.each([
  ["SELECT", "users"],
  ["SELECT", "sessions"],
  ["INSERT", "sessions"],
  ["UPDATE", "sessions"],
  ["DELETE", "sessions"],
  ["SELECT", "session_buckets"],
  ["INSERT", "session_buckets"],
  ["UPDATE", "session_buckets"],
  ["DELETE", "session_buckets"],
  ["SELECT", "ledger"],
  ["INSERT", "ledger"],
  ["SELECT", "daily_counts"],
  ["INSERT", "daily_counts"],
  ["UPDATE", "daily_counts"],
  ["SELECT", "throttles"],
  ["INSERT", "throttles"],
  ["UPDATE", "throttles"],
  ["DELETE", "throttles"],
  ["SELECT", "known_browsers"],
  ["INSERT", "known_browsers"],
  ["UPDATE", "known_browsers"],
  ["INSERT", "mails"],
  ["USAGE", "SEQUENCE ledger_id_seq"],
  ["USAGE", "SEQUENCE daily_counts_id_seq"],
])("a database that does not grant %s ON %s is not ready", async (right, what) => {
  await change(`REVOKE ${right} ON ${what} FROM latchkey_runs`);
  await expect.poll(lacks).toEqual(["tables"]);
  await change(`GRANT ${right} ON ${what} TO latchkey_runs`);
  await expect.poll(lacks).toEqual([]);
});

test("a database that lacks a table is not ready", async () => {
  await change("ALTER TABLE known_browsers RENAME TO gone");
  await expect.poll(lacks).toEqual(["tables"]);
  await change("ALTER TABLE gone RENAME TO known_browsers");
  await expect.poll(lacks).toEqual([]);
});
