// Lists the migrations, and applies those that a database lacks.

import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Connection } from "@/lib/connection";
import { HostsError } from "@/lib/hosts";
import { NoPrimary } from "@/lib/primary";
import { UserError } from "@/lib/terminal";
import type { MigrationList, SchemaEngine } from "./schema-engine";

/** The folder of the migrations. */
export const MIGRATIONS = "prisma/migrations";

/** Key of the advisory lock that one process at a time takes to migrate a database. The number is arbitrary. */
const MIGRATION_LOCK = 5_241_823_907;

const filters = { externalTables: [], externalEnums: [] };

type MigrationStatus = {
  applied: string[];
  /** In prisma/migrations, but not or only partly applied. */
  missing: string[];
  /** Applied, but not in prisma/migrations. */
  unknown: string[];
  /** Applied, and later edited in prisma/migrations. */
  changed: string[];
};

/**
 * Applies the migrations that the database at `url` lacks, as `prisma migrate
 * deploy` would, and returns their names, oldest first. When several processes
 * call this at once, one does the work and the others wait for it.
 *
 * Throws a `UserError` with Postgres's message if a migration fails. The database
 * then stays as the previous migration left it, and the next run tries again.
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

/** Compares prisma/migrations with the migrations recorded in the database at `url`. */
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

/** Whether every migration is applied and none is half done. At nearly every start this spares us the slow engine. */
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
  // A migration is one transaction, so one that failed or was killed has left nothing to clean up.
  const { failedMigrationNames } = await diagnose(engine, migrationsList);
  for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
  try {
    return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
  } catch (error) {
    // Drops the engine's own stack trace, which begins at "0:".
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

/** All migrations, oldest first, in the schema engine's format. */
export async function readMigrations(): Promise<MigrationList> {
  const folders = await migrationNames();
  return {
    baseDir: resolve(MIGRATIONS),
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(folders.map(readMigration)),
  };
}

/** The names of the folders in prisma/migrations, oldest first. */
export async function migrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort();
}

async function readMigration(folder: string): Promise<MigrationList["migrationDirectories"][number]> {
  const value = await readFile(join(MIGRATIONS, folder, "migration.sql"), "utf8");
  return { path: folder, migrationFile: { path: "migration.sql", content: { tag: "ok", value } } };
}

async function connect(url: string): Promise<Connection> {
  try {
    const client = new Connection(url);
    await client.connect().catch((error) => {
      throw reasonOf(client, error);
    });
    return client;
  } catch (error) {
    if (error instanceof HostsError) throw new UserError(`DATABASE_URL ${error.message}.`);
    throw error;
  }
}

function reasonOf({ host, port }: Connection, error: { code?: string; message: string }): UserError {
  if (error instanceof NoPrimary) return new UserError(`DATABASE_URL: ${error.message}.`);
  return new UserError(
    `DATABASE_URL: the database at ${host}:${port} cannot be used: ${error.message || error.code}. Example: DATABASE_URL=postgresql://latchkey:password@db.example.com:5432/latchkey`,
  );
}
