import cluster from "node:cluster";
import { existsSync } from "node:fs";
import { directUrl, env } from "@/lib/env";
import { step, UserError } from "@/lib/terminal";
import { applyMigrations } from "@/prisma/migrate";
import { untilStopped } from "@/server/shutdown";
import { serveInProcesses } from "@/server/workers";

/** Serves what `npm run build` has built, with the database and settings that are given. */
export async function main(): Promise<void> {
  await serveBuilt({ migrate: false });
}

/** Serves what is built until it is told to stop; with `migrate`, once the database has all migrations. */
export async function serveBuilt({ migrate }: { migrate: boolean }): Promise<void> {
  const { APP_URL } = env();
  if (!existsSync(`${process.env.BUILD_DIR || ".next"}/BUILD_ID`))
    throw new UserError("There is nothing to serve yet. First: npm run build");

  await untilStopped(async (onStop) => {
    if (migrate) await step("Database migrated", () => applyMigrations(directUrl()));
    const start = async () => onStop((await serveInProcesses({ dev: false })).close);
    // The first of several processes says it for all.
    if (cluster.isWorker) return start();
    await step("Application started", start);
    console.log(`\n  Latchkey   ${APP_URL.origin}\n`);
  });
}
