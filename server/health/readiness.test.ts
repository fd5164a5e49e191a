import { afterAll, beforeAll, expect, test } from "vitest";
import { Connection } from "@/lib/connection";
import { createDatabase } from "@/testing/databases";
import { lacksOfDatabase } from "./readiness";

let owner: Connection;
let lacks: ReturnType<typeof lacksOfDatabase>;

/** Changes the database as its owner does, for all that connects from now on. */
async function change(sql: string): Promise<void> {
  await owner.query(sql);
  await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'latchkey_runs'");
}

// The application is a role of its own, which owns nothing.
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

test("what may be written to, with all that a log-in needs, is ready", async () => {
  expect(await lacks()).toEqual([]);
});

test("a database that is read only, as a standby is, is not ready", async () => {
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
])("who may not do what a log-in does is not ready: %s ON %s", async (right, what) => {
  await change(`REVOKE ${right} ON ${what} FROM latchkey_runs`);
  await expect.poll(lacks).toEqual(["tables"]);
  await change(`GRANT ${right} ON ${what} TO latchkey_runs`);
  await expect.poll(lacks).toEqual([]);
});

test("a database without one of the tables is not ready", async () => {
  await change("ALTER TABLE known_browsers RENAME TO gone");
  await expect.poll(lacks).toEqual(["tables"]);
  await change("ALTER TABLE gone RENAME TO known_browsers");
  await expect.poll(lacks).toEqual([]);
});
