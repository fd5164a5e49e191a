import { readdir } from "node:fs/promises";
import { db, isOutage } from "@/lib/db";
import { log } from "@/lib/log";

const MIGRATIONS = "prisma/migrations";

/** What keeps an instance from serving, as /readyz names it. */
export type Lack = "database" | "migrations" | "draining" | "processes";

/** What a server lacks of its database: that it answers, and has every migration. Once it had them, only the first is asked. */
export function lacksOfDatabase(): () => Promise<Lack[]> {
  let isMigrated = false;

  return async () => {
    try {
      isMigrated ||= await hasMigrations();
      if (!isMigrated) return ["migrations"];
      await db().$queryRaw`SELECT 1`;
      return [];
    } catch (error) {
      // Nobody asks for the reason of every look; it is the same as that of the pages' failures.
      if (!isOutage(error)) log().error({ err: error }, "The database refuses a question");
      return ["database"];
    }
  };
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
