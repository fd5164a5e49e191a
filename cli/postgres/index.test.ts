import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "@/lib/connection";
import { applyMigrations, migrationStatus } from "@/prisma/migrate";
import { createEmptyDatabase } from "@/testing/databases";
import { type Postgres, startPostgres, withPostgres } from "./";

// A first start takes a second or two, and longer on slow machines.
vi.setConfig({ testTimeout: 120_000 });

/** A folder in which a server has been started and stopped. Its copies spare most tests the slow creation. */
let used: string;
let folder: string;
let started: Postgres[];

beforeAll(async () => {
  used = await newFolder();
  await (await startPostgres(used)).stop();
});

afterAll(() => rm(used, { recursive: true }));

beforeEach(async () => {
  folder = await newFolder();
  started = [];
});

afterEach(async () => {
  for (const postgres of started) await postgres.stop();
  await rm(folder, { recursive: true });
});

test("a database starts in an empty folder, and accepts queries", async () => {
  const { url } = await start();

  expect(await query(url, "SELECT current_database() AS name")).toEqual([{ name: "latchkey" }]);
});

test("lower() works beyond ASCII", async () => {
  const { url } = await startAgain();

  expect(await query(url, "SELECT lower('ÄÑΣ') AS text")).toEqual([{ text: "äñσ" }]);
});

test("only its owner can read the password", async () => {
  await start();

  expect((await stat(join(folder, "postgres.json"))).mode & 0o077).toBe(0);
});

test("data and address survive a restart", async () => {
  const first = await startAgain();
  await query(first.url, "CREATE TABLE kept AS SELECT 'a row' AS text");
  await first.stop();
  const second = await start();

  expect(second.url).toBe(first.url);
  expect(await query(second.url, "TABLE kept")).toEqual([{ text: "a row" }]);
});

test("committed data survives a kill of the server", async () => {
  const first = await startAgain();
  await query(first.url, "CREATE TABLE kept AS SELECT 'a row' AS text");
  process.kill(await serverId(), "SIGKILL");
  const second = await start();

  expect(second.adopted).toBe(false);
  expect(await query(second.url, "TABLE kept")).toEqual([{ text: "a row" }]);
});

test("a server that was left running is adopted, and can be stopped by its adopter", async () => {
  const left = await startAgain();
  const id = await serverId();
  const adopted = await start();

  expect(adopted).toMatchObject({ url: left.url, adopted: true });
  expect(await serverId()).toBe(id);

  await adopted.stop();
  expect(() => process.kill(id, 0)).toThrow("ESRCH");
});

test("withPostgres stops the server only if it has started it", async () => {
  copyUsed();
  const id = await withPostgres(folder, serverId);
  expect(() => process.kill(id, 0)).toThrow("ESRCH");

  const { url } = await start();
  await withPostgres(folder, async () => {});
  expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("two concurrent starts share one server", async () => {
  const [one, other] = await Promise.all([start(), start()]);

  expect(one.url).toBe(other.url);
  expect([one.adopted, other.adopted].sort()).toEqual([false, true]);
});

test("an interrupted creation does not block the next start", async () => {
  const { stop } = await start();
  await stop();
  const data = join(folder, "postgres");
  await rm(data, { recursive: true });
  await mkdir(`${data}.new`);
  await writeFile(join(`${data}.new`, "half"), "");

  expect(await query((await start()).url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a dead server's process id that now belongs to another program does not block the start", async () => {
  const { stop } = await startAgain();
  const pidFile = join(folder, "postgres", "postmaster.pid");
  const lines = (await readFile(pidFile, "utf8")).split("\n");
  await stop();
  await writeFile(pidFile, [process.pid, ...lines.slice(1)].join("\n"));

  expect((await start()).adopted).toBe(false);
});

test("a taken port is replaced permanently", async () => {
  const first = await startAgain();
  await first.stop();
  const other = createServer();
  await new Promise<void>((done) => other.listen(first.port, "127.0.0.1", done));
  const second = await start();
  await second.stop();
  await new Promise((done) => other.close(done));
  const third = await start();

  expect(second.port).not.toBe(first.port);
  expect(third.port).toBe(second.port);
});

test("a file in the place of the data folder is reported in one line", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");

  await expect(startPostgres(join(file, "data"))).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(
      /^The database cannot be stored in .*: part of this path is a file, not a folder\. Move that file\.$/,
    ),
  });
});

test("a lost password is reported in one line", async () => {
  copyUsed();
  await rm(join(folder, "postgres.json"));

  await expect(startPostgres(folder)).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/^.*postgres\.json is missing\. It contains the password .*$/),
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "if only root has access to the folder, the data is stored elsewhere and linked",
  async () => {
    await chmod(folder, 0o700);
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 'a row' AS text");
    await first.stop();
    const second = await start();
    const elsewhere = dirname(await realpath(join(folder, "postgres")));
    onTestFinished(() => rm(elsewhere, { recursive: true }));

    expect(elsewhere).toMatch(/^\/var\/lib\/latchkey\//);
    expect(await query(second.url, "TABLE kept")).toEqual([{ text: "a row" }]);
  },
);

test("concurrent processes apply each migration once", async () => {
  const url = await emptyDatabase();
  const runs = await Promise.all([applyMigrations(url), applyMigrations(url)]);
  const { applied } = await migrationStatus(url);

  expect(runs.flat().sort()).toEqual(applied);
  expect(await applyMigrations(url)).toEqual([]);
});

test("an unfinished migration is applied again, although it has a row", async () => {
  const url = await emptyDatabase();
  const last = (await applyMigrations(url)).at(-1);
  await query(url, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${last}'`);

  // The migration had been applied in fact, so applying it again fails.
  await expect(applyMigrations(url)).rejects.toThrow(`Migrating the database failed at ${last}`);
});

test("the migration status lists missing, changed and unknown migrations", async () => {
  const url = await emptyDatabase();
  const before = await migrationStatus(url);
  const [first = ""] = await applyMigrations(url);
  await query(url, `UPDATE _prisma_migrations SET checksum = repeat('0', 64) WHERE migration_name = '${first}'`);
  await query(
    url,
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ('x', 'x', '9_x', now(), 1)",
  );
  const after = await migrationStatus(url);

  expect(before.applied).toEqual([]);
  expect(before.missing).toContain(first);
  expect(after).toMatchObject({ missing: [], changed: [first], unknown: ["9_x"] });
});

test("the users table accepts only normalised email addresses", async () => {
  const url = await emptyDatabase();
  await applyMigrations(url);
  const insert = (email: string) =>
    query(
      url,
      `INSERT INTO users (id, email, name, password_hash) VALUES (gen_random_uuid(), '${email}', 'Ada', '') RETURNING email`,
    );

  expect(await insert("ada@example.org")).toHaveLength(1);
  await expect(insert("Ada@example.org")).rejects.toThrow("users_email_normalised");
  await expect(insert("ａda@example.org")).rejects.toThrow("users_email_normalised");
});

async function newFolder(): Promise<string> {
  const created = await mkdtemp(join(tmpdir(), "latchkey-"));
  await chmod(created, 0o711); // if root runs the tests, another user runs Postgres
  return created;
}

/** A database that needs no server of its own. */
function emptyDatabase(): Promise<string> {
  return createEmptyDatabase(String(process.env.DATABASE_URL), "migrations");
}

/** Makes `folder` one in which a server has been started and stopped. */
function copyUsed(): void {
  // -a keeps the owner, who is not always the user that runs the tests.
  execFileSync("cp", ["-a", `${used}/.`, folder]);
}

/** Starts the server in a folder that has its data. */
function startAgain(): Promise<Postgres> {
  copyUsed();
  return start();
}

async function start(): Promise<Postgres> {
  const postgres = await startPostgres(folder);
  started.push(postgres);
  return postgres;
}

async function serverId(): Promise<number> {
  return Number.parseInt(await readFile(join(folder, "postgres", "postmaster.pid"), "utf8"), 10);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Connection({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
