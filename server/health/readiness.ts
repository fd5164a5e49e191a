import { readdir } from "node:fs/promises";
import { isOutage, prepared } from "@/lib/db";
import { log } from "@/lib/log";
import { isAboutRestored, isRestored } from "@/lib/origin";
import { noPrimaryIn } from "@/lib/primary";
import { Prisma } from "@/prisma/client/client";

const MIGRATIONS = "prisma/migrations";

/** Why an instance is not ready, as /readyz reports it. */
export type NotReadyReason = "database" | "read-only" | "migrations" | "tables" | "restored" | "draining" | "processes";

/** The privileges that a log-in needs, by table and sequence. */
const NEEDED = {
  users: ["SELECT"],
  sessions: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  session_buckets: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  ledger: ["SELECT", "INSERT"],
  daily_counts: ["SELECT", "INSERT", "UPDATE"],
  throttles: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  known_browsers: ["SELECT", "INSERT", "UPDATE"],
  mails: ["INSERT"],
  ledger_id_seq: ["USAGE"],
  daily_counts_id_seq: ["USAGE"],
};

/**
 * Returns a probe of the database. It checks that the database responds, can be written
 * to, has every migration, and grants the privileges that a log-in needs.
 *
 * Once every migration has been found, migrations are not checked again.
 */
export function lacksOfDatabase(): () => Promise<NotReadyReason[]> {
  let isMigrated = false;

  return async () => {
    try {
      isMigrated ||= await hasMigrations();
      if (!isMigrated) return ["migrations"];
      const lacks = await lacksOfLogIn();
      // A connection that was open before would not notice.
      return (await isRestored({ query: ask })) ? ["restored", ...lacks] : lacks;
    } catch (error) {
      // Outages are not logged at every probe: the requests that fail because of them are logged.
      if (!isOutage(error)) log().error({ err: error }, "A readiness probe failed in the database");
      if (isAboutRestored(error)) return ["restored"];
      return [noPrimaryIn(error)?.isReadOnly ? "read-only" : "database"];
    }
  };
}

async function ask(sql: string) {
  return { rows: await prepared<{ is_same?: boolean }>(null, Prisma.sql([sql])) };
}

/** Checks everything that a log-in needs in one statement, without reading a table. Throws an Outage. */
async function lacksOfLogIn(): Promise<NotReadyReason[]> {
  const needs = Object.entries(NEEDED).flatMap(([name, rights]) => rights.map((right) => ({ name, right })));
  const [can] = await prepared<{ write: boolean; use: boolean }>(
    "find_lacks",
    Prisma.sql`
      SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS write,
             -- A missing table or sequence yields false.
             bool_and(coalesce(CASE need.right
               WHEN 'USAGE' THEN has_sequence_privilege(to_regclass(need.name), need.right)
               ELSE has_table_privilege(to_regclass(need.name), need.right) END, false)) AS use
        FROM unnest(${needs.map(({ name }) => name)}::text[], ${needs.map(({ right }) => right)}::text[]) AS need (name, "right")`,
  );
  if (!can?.write) return ["read-only"];
  return can.use ? [] : ["tables"];
}

/** Whether every migration of this version has been applied completely. Throws an Outage. */
async function hasMigrations(): Promise<boolean> {
  const [table] = await prepared<{ isThere: boolean }>(
    null,
    Prisma.sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isThere"`,
  );
  if (!table?.isThere) return false;

  const rows = await prepared<{ name: string }>(
    null,
    Prisma.sql`SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  const applied = new Set(rows.map(({ name }) => name));
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.every((entry) => !entry.isDirectory() || applied.has(entry.name));
}
