import { Connection } from "@/lib/connection";
import { applyMigrations } from "@/prisma/migrate";

/** The zone of the tests' databases: none that a machine is likely to be in, and no whole number of hours from UTC. */
export const ZONE = "Asia/Kathmandu";

/** How else the tests' databases differ from what Postgres does by itself. Nothing that is shown or decided may change with it. */
const FOREIGN = {
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  bytea_output: "escape",
  extra_float_digits: "0",
};

/** Makes a migrated database of this name on the Postgres at `url`, in place of one that may be there. Returns its URL. */
export async function createDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  const its = await createEmptyDatabase(url, name, zone);
  await applyMigrations(its);
  return its;
}

/** The same, with nothing in it. */
export async function createEmptyDatabase(url: string, name: string, zone = ZONE): Promise<string> {
  const client = new Connection(url);
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C'`);
  for (const [setting, value] of Object.entries({ ...FOREIGN, TimeZone: zone }))
    await client.query(`ALTER DATABASE ${name} SET ${setting} TO '${value}'`);
  await client.end();

  const its = new URL(url);
  its.pathname = `/${name}`;
  return its.href;
}
