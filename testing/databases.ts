import { createHash } from "node:crypto";
import { type Postgres, startPostgres } from "@/cli/postgres";
import { applyMigrations, readMigrations } from "@/prisma/migrate";
import { copyDatabase, withConnection, ZONE } from "./copy-database";

/** A database with nothing in it, in a language whose I and i are two letters. */
const EMPTY = "template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C'";

/** Any number: processes that make a template at the same time meet at it. */
const TEMPLATE_LOCK = 5_241_823_908;

/** Starts the Postgres of a folder, for tests: it does not wait for the disk, and what it holds may be lost with the machine. */
export async function startTestPostgres(folder: string): Promise<Postgres> {
  const postgres = await startPostgres(folder);
  await withConnection(postgres.url, async (client) => {
    for (const setting of ["fsync", "synchronous_commit", "full_page_writes"])
      await client.query(`ALTER SYSTEM SET ${setting} TO off`);
    await client.query("SELECT pg_reload_conf()");
  });
  return postgres;
}

/**
 * Makes a migrated database of this name on the Postgres at `url`, in place of one
 * that may be there. Returns its URL. It is a copy of a template that is migrated
 * once, and kept for as long as the migrations are the same.
 */
export async function createDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  return copyDatabase(url, name, await makeTemplate(url), zone);
}

/** The same, with nothing in it. */
export async function createEmptyDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  return copyDatabase(url, name, EMPTY, zone);
}

/** Makes the template for these migrations, unless it is there. Returns its name. */
export async function makeTemplate(url: string): Promise<string> {
  const migrations = JSON.stringify((await readMigrations()).migrationDirectories);
  const name = `template_${createHash("sha256").update(migrations).digest("hex").slice(0, 12)}`;
  return withConnection(url, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'");
    if (rows.some(({ datname }) => datname === name)) return name;

    // It gets its name last: one that is half made is never copied. Those of other migrations go.
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
    await applyMigrations(await createEmptyDatabase(url, "template_unfinished"));
    await client.query(`ALTER DATABASE template_unfinished RENAME TO ${name}`);
    return name;
  });
}
