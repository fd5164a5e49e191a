// Each migration keeps a copy of the schema it leads to beside its SQL. The next
// one is the difference from what all of them lead to (prisma/schema-history.ts) to
// the current schema, so writing one needs no database.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { withDatabase } from "@/cli/connect";
import { UserError } from "@/lib/terminal";
import { SCHEMA } from "@/prisma/generate";
import { applyMigrations, MIGRATIONS, migrationNames, migrationStatus } from "@/prisma/migrate";
import { difference, readWritten, schemaAfter } from "@/prisma/schema-history";

/** `npm run db:migrate` (apply), `npm run db:new NAME` (new NAME), `npm run db:status` (status). */
export async function main([command, name]: string[]): Promise<void> {
  if (command === "apply") await withDatabase(apply);
  else if (command === "status") await withDatabase(printStatus);
  else if (command === "new") await writeMigration(name);
  else throw new UserError("Use npm run db:migrate, npm run db:new NAME, or npm run db:status.");
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
    throw new UserError("Name the migration in small letters and underscores: npm run db:new add_phone_number");
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
