// Separate from databases.ts, which loads the slow migration engine: every unit test file copies a database first.

import { Connection } from "@/lib/connection";

/** The time zone of the tests' databases: unlikely to be the machine's, and not a whole number of hours from UTC. */
export const ZONE = "Asia/Kathmandu";

/** Other settings that differ from Postgres's defaults in tests. No page or decision may depend on them. */
const FOREIGN = {
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  bytea_output: "escape",
  extra_float_digits: "0",
};

/** Creates the database `name` from `template` on the Postgres at `url`, replacing any old one. Returns its URL. */
export async function copyDatabase(url: string, name: string, template: string, zone = ZONE): Promise<string> {
  await withConnection(url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    for (const [setting, value] of Object.entries({ ...FOREIGN, TimeZone: zone }))
      await client.query(`ALTER DATABASE ${name} SET ${setting} TO '${value}'`);
  });
  const its = new URL(url);
  its.pathname = `/${name}`;
  return its.href;
}

/** Runs `work` with its own connection to the database at `url`, and returns its result. */
export async function withConnection<T>(url: string, work: (client: Connection) => Promise<T>): Promise<T> {
  const client = new Connection(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
