// Apart from databases.ts, which loads the migration engine: each file of unit tests begins with a copy.

import { Connection } from "@/lib/connection";

/** The zone of the tests' databases: none that a machine is likely to be in, and no whole number of hours from UTC. */
export const ZONE = "Asia/Kathmandu";

/** How else the tests' databases differ from what Postgres does by itself. Nothing that is shown or decided may change with it. */
const FOREIGN = {
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  bytea_output: "escape",
  extra_float_digits: "0",
};

/** Makes a database of this name from `template` on the Postgres at `url`, in place of one that may be there. Returns its URL. */
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

/** Does `work` with a connection of its own to the database at `url`. */
export async function withConnection<T>(url: string, work: (client: Connection) => Promise<T>): Promise<T> {
  const client = new Connection(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
