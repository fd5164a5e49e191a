import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { listTrustedBrowsers, rememberBrowser, trustBrowser } from "@/lib/auth/device";
import { db, isOutage, transaction } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { sessionStore } from "@/lib/session/store";
import { createOneTimeToken, findOneTimeToken } from "@/lib/users/one-time-tokens";
import { findRecovery, startRecovery, sweepRecoveries } from "@/lib/users/recoveries";
import { createUser } from "@/lib/users/store";
import { lacksOfDatabase } from "@/server/health/readiness";
import { withConnection } from "@/testing/copy-database";
import { createDatabase } from "@/testing/databases";

vi.setConfig({ testTimeout: 120_000 });

const BROWSER = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
const SAYS =
  /^This database was restored from a backup, copied or moved, .* run: npm run latchkey -- session after-restore$/m;

/** The server, without the database that these tests restore. */
let server: string;
let user: Awaited<ReturnType<typeof createUser>>;
const lacks = lacksOfDatabase();

beforeAll(async () => {
  server = String(process.env.DATABASE_URL);
  process.env.DATABASE_URL = await createDatabase(server, "yesterday");
  await onDatabase("INSERT INTO origin (identity) VALUES (database_identity())");
  user = await createUser({ email: "ada@example.com", name: "Ada", passwordHash: "none", role: "user" });
});

afterAll(async () => {
  await onServer("DROP DATABASE yesterday WITH (FORCE)", "DROP DATABASE IF EXISTS yesterday_backup");
});

const onDatabase = (sql: string) => withConnection(String(process.env.DATABASE_URL), (client) => client.query(sql));
const onServer = (...statements: string[]) =>
  withConnection(server, async (client) => {
    for (const sql of statements) await client.query(sql);
  });
const cut = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE datname = 'yesterday' AND pid <> pg_backend_pid()`;

/** Makes a backup: a copy of the database. pg_dump does not come with the embedded Postgres. */
const backUp = () =>
  onServer("DROP DATABASE IF EXISTS yesterday_backup", cut, "CREATE DATABASE yesterday_backup TEMPLATE yesterday");

/** Restores the backup into a new database of the same name, as `dropdb`, `createdb` and `pg_restore` do. */
const restore = () =>
  onServer("DROP DATABASE yesterday WITH (FORCE)", "CREATE DATABASE yesterday TEMPLATE yesterday_backup");

/** Restores the table of sessions into the same database, as `pg_restore --clean` does: drops it and creates it anew. */
async function restoreInPlace(): Promise<void> {
  await onDatabase(`
    CREATE TABLE restored (LIKE sessions INCLUDING ALL);
    INSERT INTO restored SELECT * FROM sessions;
    DROP TABLE sessions;
    ALTER TABLE restored RENAME TO sessions;
    ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`);
}

/** Trusts a browser, and starts a recovery whose delay is over. An email waits to be sent, and a challenge to be signed. */
async function trustAndRecover(): Promise<void> {
  const device = randomUUID();
  await transaction(async (tx) => {
    await rememberBrowser(tx, user.id, device);
    await trustBrowser(tx, user.id, device, "Test");
    await startRecovery(tx, user, BROWSER);
  });
  await db().$executeRaw`UPDATE factor_recoveries SET due_at = now(), started_at = now() - interval '9 days'`;
  await db()
    .$executeRaw`INSERT INTO challenges (hash, purpose, expires_at) VALUES ('\\x01', 'log-in', now() + interval '1 hour')`;
}

const logIn = async () => (await transaction((tx) => sessionStore().create(tx, user, BROWSER))).token;
const end = () => transaction((tx) => sessionStore().end(tx, { userId: user.id, except: null }, "revoked", BROWSER));

function latchkey(...args: string[]) {
  const { PATH, HOME, DATABASE_URL } = process.env;
  const { PROGRAM, SESSION_SECRET } = process.env;
  const env = { NODE_ENV: "test" as const, PATH, HOME, DATABASE_URL, SESSION_SECRET, PORT: "59322" };
  const { stdout, stderr, status } = spawnSync(process.execPath, [String(PROGRAM), ...args], { env, encoding: "utf8" });
  return { said: stdout + stderr, status };
}

test("after yesterday's backup was restored, sessions that have ended since then stay ended", async () => {
  const [ended, active] = [await logIn(), await logIn()];
  const link = await createOneTimeToken({ kind: "choose", about: user.id, email: user.email, userId: user.id });
  await trustAndRecover();
  await backUp();
  expect(await end()).toBe(2);
  await restore();

  // Neither active nor logged out: nobody knows until the operator says so.
  for (const token of [ended, active]) await expect(sessionStore().find(token)).rejects.toSatisfy(isOutage);
  await expect(logIn()).rejects.toSatisfy(isOutage);
  expect(await lacks()).toEqual(["restored"]);
  for (const command of [["latchkey", "user", "list"], ["start"]])
    expect(latchkey(...command)).toMatchObject({ status: 1, said: expect.stringMatching(SAYS) });
  const { said, status } = latchkey("doctor");
  expect([said, status]).toEqual([expect.stringContaining("✗ This database was restored"), 1]);

  expect(latchkey("latchkey", "session", "after-restore", "--dry-run").said).toContain("2 sessions would end");
  expect(latchkey("latchkey", "session", "after-restore", "--reason", "the disk was lost")).toEqual({
    status: 0,
    said: "Ended 2 sessions and 1 link. Latchkey uses the database again.\n",
  });
  for (const token of [ended, active]) {
    expect(await sessionStore().find(token)).toBeNull();
    expect(await sessionStore().findEnding(token)).toMatchObject({ reason: "restored" });
  }
  expect(await findOneTimeToken(link, "choose")).toBeNull();
  // Since the backup, trust may have been taken back, and the recovery stopped. Its delay begins anew, and its owner hears of it.
  expect(await listTrustedBrowsers(user.id)).toEqual([]);
  expect((await findRecovery(user.id))?.dueAt.getTime()).toBeGreaterThan(Date.now() + 23 * HOUR);
  await sweepRecoveries();
  const mails = await db().mail.findMany({ where: { recipient: user.email }, select: { details: true } });
  expect(mails).toMatchObject([{ details: { step: "reminder" } }]);
  expect(await db().challenge.count()).toBe(0);
  expect(await lacks()).toEqual([]);
  expect(await sessionStore().find(await logIn())).not.toBeNull();
});

test("a backup that was restored into the same database is recognised, too, also over a connection that was open before", async () => {
  const token = await logIn();
  await restoreInPlace();
  expect(await lacks()).toEqual(["restored"]);
  await onServer(cut);
  await expect(sessionStore().find(token)).rejects.toSatisfy(isOutage);
  latchkey("latchkey", "session", "after-restore");
  expect(await sessionStore().findEnding(token)).toMatchObject({ reason: "restored" });
});

test("a database that was only moved keeps its sessions with --keep", async () => {
  const token = await logIn();
  await backUp();
  await restore();
  expect(await lacks()).toEqual(["restored"]);
  expect(latchkey("latchkey", "session", "after-restore", "--keep")).toEqual({
    status: 0,
    said: "Kept all sessions. Latchkey uses the database again.\n",
  });
  expect(await sessionStore().find(token)).not.toBeNull();
  expect(latchkey("doctor").said).toContain("✓ The database is where Latchkey left it.");
});
