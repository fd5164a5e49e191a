// The database's migrations: which there are, and applying those that a database lacks.

import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Connection } from "@/lib/connection";
import { hasOneHost, SEVERAL_HOSTS } from "@/lib/env";
import { UserError } from "@/lib/terminal";
import type { MigrationList, SchemaEngine } from "./schema-engine";

/** The folder of the migrations. */
export const MIGRATIONS = "prisma/migrations";

/** Any number: processes that migrate the same database at the same time meet at it. */
const MIGRATION_LOCK = 5_241_823_907;

const filters = { externalTables: [], externalEnums: [] };

type MigrationStatus = {
  applied: string[];
  /** In prisma/migrations, and not (or not wholly) applied. */
  missing: string[];
  /** Applied, and not in prisma/migrations. */
  unknown: string[];
  /** Applied, and changed in prisma/migrations since. */
  changed: string[];
};

/**
 * Applies the migrations that the database at `url` does not have, as `prisma
 * migrate deploy` would, and returns their names, oldest first. When several
 * processes do it at once, one does the work and the others wait for it.
 *
 * Throws a `UserError` if a migration fails, with what Postgres said. The database
 * is then as the migration before left it, and the next run tries again.
 */
export async function applyMigrations(url: string): Promise<string[]> {
  const lock = await connect(url);
  try {
    await lock.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    if (await hasAll(lock)) return [];
    return await withEngine(url, applyAll);
  } finally {
    await lock.end();
  }
}

/** Compares prisma/migrations with what the database at `url` has. */
export async function migrationStatus(url: string): Promise<MigrationStatus> {
  await (await connect(url)).end();
  const migrationsList = await readMigrations();
  const names = migrationsList.migrationDirectories.map(({ path }) => path);
  return withEngine(url, async (engine) => {
    const { history, failedMigrationNames, editedMigrationNames } = await diagnose(engine, migrationsList);
    const unapplied = history && "unappliedMigrationNames" in history ? history.unappliedMigrationNames : [];
    const unknown = history && "unpersistedMigrationNames" in history ? history.unpersistedMigrationNames : [];
    const missing = names.filter((name) => unapplied.includes(name) || failedMigrationNames.includes(name));
    const applied = names.filter((name) => !missing.includes(name));
    return { applied, missing, unknown, changed: editedMigrationNames };
  });
}

/** Whether every migration has been applied and none is half done, as at nearly every start. The engine takes long to load, and is not needed then. */
async function hasAll(connection: Connection): Promise<boolean> {
  const { rows: tables } = await connection.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS is_there");
  if (!tables[0].is_there) return false;

  const { rows } = await connection.query(`
    SELECT migration_name AS name, finished_at IS NOT NULL AS is_finished
      FROM _prisma_migrations WHERE rolled_back_at IS NULL`);
  const applied = new Set(rows.map(({ name }) => name));
  return rows.every(({ is_finished }) => is_finished) && (await migrationNames()).every((name) => applied.has(name));
}

async function withEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const { withEngine: withIt } = await import("./schema-engine");
  return withIt(url, work);
}

async function applyAll(engine: SchemaEngine): Promise<string[]> {
  const migrationsList = await readMigrations();
  // A migration is one transaction: what failed before, or was killed, has left nothing to clean up.
  const { failedMigrationNames } = await diagnose(engine, migrationsList);
  for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
  try {
    return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
  } catch (error) {
    // Without the engine's own stack, which begins at "0:".
    const { message } = error as Error;
    const name = /migration_name="(.+?)"/.exec(message)?.[1] ?? "";
    throw new UserError(
      `Migrating the database failed${name && ` at ${name}`}.\n\n${message.replace(/\n\s+0: .*/s, "")}`,
    );
  }
}

async function diagnose(engine: SchemaEngine, migrationsList: MigrationList) {
  return engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
}

/** All migrations, oldest first, as the schema engine wants them. */
export async function readMigrations(): Promise<MigrationList> {
  const folders = await migrationNames();
  return {
    baseDir: resolve(MIGRATIONS),
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(folders.map(readMigration)),
  };
}

/** The folders in prisma/migrations, oldest first. */
export async function migrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort();
}

async function readMigration(folder: string): Promise<MigrationList["migrationDirectories"][number]> {
  const value = await readFile(join(MIGRATIONS, folder, "migration.sql"), "utf8");
  return { path: folder, migrationFile: { path: "migration.sql", content: { tag: "ok", value } } };
}

async function connect(url: string): Promise<Connection> {
  if (!hasOneHost(url)) throw new UserError(`DATABASE_URL ${SEVERAL_HOSTS}`);
  const client = new Connection(url);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new UserError(
      `DATABASE_URL: the database at ${client.host}:${client.port} cannot be used: ${message || code}. Example: DATABASE_URL=postgresql://latchkey:password@db.example.com:5432/latchkey`,
    );
  }
}
