// Each migration has a copy of the resulting schema beside its SQL. A new migration is
// the difference between the schema after all migrations (prisma/schema-history.ts) and
// the current one, so writing it needs no database.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { withDatabase } from "@/cli/connect";
import { WrongArguments } from "@/lib/terminal";
import { SCHEMA } from "@/prisma/generate";
import { applyMigrations, MIGRATIONS, migrationNames, migrationStatus } from "@/prisma/migrate";
import { difference, readWritten, schemaAfter } from "@/prisma/schema-history";

/** `npm run db:migrate` (apply), `npm run db:new NAME` (new NAME), `npm run db:status` (status). */
export async function main([command = "", ...args]: string[]): Promise<void> {
  const [name, ...more] = command === "new" ? args : [undefined, ...args];
  if (more.length > 0) throw new WrongArguments(`These arguments are not allowed here: ${more.join(" ")}.`);

  if (command === "apply") await withDatabase(apply);
  else if (command === "status") await withDatabase(printStatus);
  else if (command === "new") await writeMigration(name);
  else throw new WrongArguments(`The command "${command}" does not exist. Use apply, status or new NAME.`);
}

async function apply(url: string): Promise<void> {
  const applied = await applyMigrations(process.env.DATABASE_LISTEN_URL?.trim() || url);
  for (const name of applied) console.log(`✓ ${name}`);
  if (applied.length === 0) console.log("All migrations are already applied.");
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
    throw new WrongArguments(
      "Give the migration a name of lower-case letters, digits and underscores: npm run db:new add_phone_number",
    );
  }
  const written = await readWritten(MIGRATIONS, await migrationNames());
  const sql = await difference(await schemaAfter(written), await readFile(SCHEMA, "utf8"));
  if (sql === null) return console.log(`The migrations already match ${SCHEMA}. Nothing was written.`);

  const time = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = join(MIGRATIONS, `${time}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migration.sql"), sql);
  await copyFile(SCHEMA, join(folder, "schema.prisma"));
  console.log(`${join(folder, "migration.sql")}\nReview it, then apply it: npm run db:migrate`);
}
