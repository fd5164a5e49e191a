// The database's migrations, and the Prisma client that goes with its schema.
//
// Each migration keeps a copy of the schema it leads to beside its SQL. The next
// one is the difference from what all of them lead to (schema-history.ts) to the
// current schema, so writing one needs no database.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { Connection } from "@/lib/connection";
import { hasOneHost, SEVERAL_HOSTS } from "@/lib/env";
import { Refusal, step } from "./console";
import { withPostgres } from "./postgres";
import { type MigrationList, SCHEMA, type SchemaEngine, withEngine } from "./schema-engine";
import { difference, readWritten, schemaAfter } from "./schema-history";

const MIGRATIONS = "prisma/migrations";
const CLIENT = "prisma/client";

/** Any number: processes that migrate the same database at the same time meet at it. */
const MIGRATION_LOCK = 5_241_823_907;

const filters = { externalTables: [], externalEnums: [] };

export type MigrationStatus = {
  applied: string[];
  /** In prisma/migrations, and not (or not wholly) applied. */
  missing: string[];
  /** Applied, and not in prisma/migrations. */
  unknown: string[];
  /** Applied, and changed in prisma/migrations since. */
  changed: string[];
};

/** `npm run db:migrate` (apply), `npm run db:new NAME` (new NAME), `npm run db:status` (status). */
export async function main([command, name]: string[]): Promise<void> {
  if (command === "apply") await withDatabase(apply);
  else if (command === "status") await withDatabase(printStatus);
  else if (command === "new") await writeMigration(name);
  else throw new Refusal("Use npm run db:migrate, npm run db:new NAME, or npm run db:status.");
}

/**
 * Applies the migrations that the database at `url` does not have, as `prisma
 * migrate deploy` would, and returns their names, oldest first. When several
 * processes do it at once, one does the work and the others wait for it.
 *
 * Throws a `Refusal` if a migration fails, with what Postgres said. The database
 * is then as the migration before left it, and the next run tries again.
 */
export async function applyMigrations(url: string): Promise<string[]> {
  const lock = await connect(url);
  try {
    await lock.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
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

/**
 * Writes the Prisma client into prisma/client, unless it is there and belongs to
 * the current schema and version of Prisma. Throws a `Refusal` with what
 * `prisma generate` printed if that fails, for example for a mistake in the schema.
 */
export async function generateClient(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("prisma/package.json");
  const sources = await Promise.all([readFile(SCHEMA), readFile(manifest)]);
  const fingerprint = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
  // Written last: a generation that was interrupted counts as none.
  const stamp = join(CLIENT, ".generated-from");
  if ((await readFile(stamp, "utf8").catch(() => null)) === fingerprint) return;

  // Said on standard error, because it comes before any command, and one may print a document.
  await step("Prisma client generated", () => runGenerate(join(dirname(manifest), "build/index.js")), console.error);
  await writeFile(stamp, fingerprint);
}

async function runGenerate(prisma: string): Promise<void> {
  // It would download an engine that it does not use. Any program in its place will do.
  const engine = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  const quiet = { CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  const env = { ...process.env, ...engine, ...quiet };
  try {
    await promisify(execFile)(process.execPath, [prisma, "generate", "--no-hints"], { env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Refusal(`prisma generate failed.\n\n${stdout}${stderr}`);
  }
}

/** Does `work` with the database of `DATABASE_URL`, or else with the embedded one, which is started for it if need be. */
export async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL?.trim();
  await (url ? work(url) : withPostgres(".data", work));
}

async function apply(url: string): Promise<void> {
  const applied = await applyMigrations(process.env.DATABASE_LISTEN_URL?.trim() || url);
  for (const name of applied) console.log(`✓ ${name}`);
  if (applied.length === 0) console.log("The database has all migrations.");
}

async function printStatus(url: string): Promise<void> {
  const { applied, missing, unknown, changed } = await migrationStatus(url);
  for (const name of applied) console.log(`  ${changed.includes(name) ? "changed" : "applied"}  ${name}`);
  for (const name of unknown) console.log(`  unknown  ${name}`);
  for (const name of missing) console.log(`  missing  ${name}`);
  if (missing.length > 0) process.exitCode = 1;
}

async function writeMigration(name = ""): Promise<void> {
  if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) {
    throw new Refusal("Name the migration in small letters and underscores: npm run db:new add_phone_number");
  }
  const written = await readWritten(MIGRATIONS, await migrationNames());
  const sql = await difference(await schemaAfter(written), await readFile(SCHEMA, "utf8"));
  if (sql === null) return console.log(`The migrations lead to ${SCHEMA} as it is. Nothing written.`);

  const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = join(MIGRATIONS, `${time}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migration.sql"), sql);
  await copyFile(SCHEMA, join(folder, "schema.prisma"));
  console.log(`${join(folder, "migration.sql")}\nRead it, then apply it: npm run db:migrate`);
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
    throw new Refusal(
      `Migrating the database failed${name && ` at ${name}`}.\n\n${message.replace(/\n\s+0: .*/s, "")}`,
    );
  }
}

async function diagnose(engine: SchemaEngine, migrationsList: MigrationList) {
  return engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters });
}

async function readMigrations(): Promise<MigrationList> {
  const folders = await migrationNames();
  return {
    baseDir: resolve(MIGRATIONS),
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(folders.map(readMigration)),
  };
}

/** The folders in prisma/migrations, oldest first. */
async function migrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort();
}

async function readMigration(folder: string): Promise<MigrationList["migrationDirectories"][number]> {
  const value = await readFile(join(MIGRATIONS, folder, "migration.sql"), "utf8");
  return { path: folder, migrationFile: { path: "migration.sql", content: { tag: "ok", value } } };
}

async function connect(url: string): Promise<Connection> {
  if (!hasOneHost(url)) throw new Refusal(`DATABASE_URL ${SEVERAL_HOSTS}`);
  const client = new Connection(url);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new Refusal(
      `DATABASE_URL: the database at ${client.host}:${client.port} cannot be used: ${message || code}. Example: DATABASE_URL=postgresql://latchkey:password@db.example.com:5432/latchkey`,
    );
  }
}
