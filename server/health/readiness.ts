import { readdir } from "node:fs/promises";
import { db, isOutage, prepared } from "@/lib/db";
import { log } from "@/lib/log";
import { Prisma } from "@/prisma/client/client";

const MIGRATIONS = "prisma/migrations";

/** Why an instance is not ready, in the words of /readyz. */
export type NotReadyReason = "database" | "read-only" | "migrations" | "tables" | "draining" | "processes";

/** The rights that a log-in needs, by table and sequence. */
const NEEDED = {
  users: ["SELECT"],
  sessions: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  ledger: ["SELECT", "INSERT"],
  daily_counts: ["SELECT", "INSERT", "UPDATE"],
  throttles: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  known_browsers: ["SELECT", "INSERT", "UPDATE"],
  mails: ["INSERT"],
  ledger_id_seq: ["USAGE"],
  daily_counts_id_seq: ["USAGE"],
};

/**
 * Returns what probes the database: whether it answers, can be written to, has every
 * migration, and grants the rights that a log-in needs. Once all migrations have been
 * seen, they are not looked for again.
 */
export function lacksOfDatabase(): () => Promise<NotReadyReason[]> {
  let isMigrated = false;

  return async () => {
    try {
      isMigrated ||= await hasMigrations();
      return isMigrated ? await lacksOfLogIn() : ["migrations"];
    } catch (error) {
      // An outage is not logged at every probe; pages meet the same one.
      if (!isOutage(error)) log().error({ err: error }, "The database refuses a question");
      return ["database"];
    }
  };
}

/** In one statement, which looks into no table. Throws an Outage. */
async function lacksOfLogIn(): Promise<NotReadyReason[]> {
  const needs = Object.entries(NEEDED).flatMap(([name, rights]) => rights.map((right) => ({ name, right })));
  const [can] = await prepared<{ write: boolean; use: boolean }>(
    "find_lacks",
    Prisma.sql`
      SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS write,
             -- Also of what is missing, the answer is no.
             bool_and(coalesce(CASE need.right
               WHEN 'USAGE' THEN has_sequence_privilege(to_regclass(need.name), need.right)
               ELSE has_table_privilege(to_regclass(need.name), need.right) END, false)) AS use
        FROM unnest(${needs.map(({ name }) => name)}::text[], ${needs.map(({ right }) => right)}::text[]) AS need (name, "right")`,
  );
  if (!can?.write) return ["read-only"];
  return can.use ? [] : ["tables"];
}

/** Whether each migration that this version comes with has been applied, to its end. Throws an Outage. */
async function hasMigrations(): Promise<boolean> {
  const [table] = await db().$queryRaw<{ isThere: boolean }[]>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isThere"`;
  if (!table?.isThere) return false;

  const rows = await db().$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;
  const applied = new Set(rows.map(({ name }) => name));
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.every((entry) => !entry.isDirectory() || applied.has(entry.name));
}
