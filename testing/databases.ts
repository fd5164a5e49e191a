import { createHash } from "node:crypto";
import { type Postgres, startPostgres } from "@/cli/postgres";
import { applyMigrations, readMigrations } from "@/prisma/migrate";
import { copyDatabase, withConnection, ZONE } from "./copy-database";

/** An empty database in Turkish, in which I is not the capital of i. */
const EMPTY = "template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C'";

/** Key of the advisory lock that one process at a time takes to create a template. The number is arbitrary. */
const TEMPLATE_LOCK = 5_241_823_908;

/** Starts the Postgres of a folder for tests. It does not wait for the disk, so a machine crash may lose its data. */
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
 * Creates the migrated database `name` on the Postgres at `url`, replacing any old one.
 * Returns its URL. It is a copy of a template that is migrated once and reused until
 * the migrations change.
 */
export async function createDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  return copyDatabase(url, name, await makeTemplate(url), zone);
}

/** Creates the empty database `name` on the Postgres at `url`, replacing any old one. Returns its URL. */
export async function createEmptyDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  return copyDatabase(url, name, EMPTY, zone);
}

/** Creates the template for the current migrations, unless it exists. Returns its name. */
export async function makeTemplate(url: string): Promise<string> {
  const migrations = JSON.stringify((await readMigrations()).migrationDirectories);
  const name = `template_${createHash("sha256").update(migrations).digest("hex").slice(0, 12)}`;
  return withConnection(url, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'");
    if (rows.some(({ datname }) => datname === name)) return name;

    // Old templates are dropped. The new one gets its name last, so that a half-made template is never copied.
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
    const unfinished = await createEmptyDatabase(url, "template_unfinished");
    await applyMigrations(unfinished);
    // Its copies are other databases. They are not restored ones.
    await withConnection(unfinished, (its) => its.query("DELETE FROM origin"));
    await client.query(`ALTER DATABASE template_unfinished RENAME TO ${name}`);
    return name;
  });
}
