import cluster from "node:cluster";
import { existsSync } from "node:fs";
import { describeAddress } from "@/cli/banner";
import { requireOwnDatabase } from "@/cli/connect";
import { requireServable } from "@/cli/requirements";
import { directUrl, env } from "@/lib/env";
import { step, UserError } from "@/lib/terminal";
import { applyMigrations } from "@/prisma/migrate";
import { untilStopped } from "@/server/shutdown";
import { serveInProcesses } from "@/server/workers";

/** `npm run serve`: serves the build, with the database and settings from the environment. */
export async function main(): Promise<void> {
  await serveBuilt({ migrate: false });
}

/** Serves the build until a signal to stop. With `migrate`, applies missing migrations first. */
export async function serveBuilt({ migrate }: { migrate: boolean }): Promise<void> {
  const settings = env();
  if (!existsSync(`${process.env.BUILD_DIR || ".next"}/BUILD_ID`))
    throw new UserError("There is no build to serve. Create one: npm run build");

  await untilStopped(async (onStop) => {
    if (!cluster.isWorker) await requireServable(settings, { dev: false });
    if (migrate) await step("Database migrated", () => applyMigrations(directUrl()));
    if (!cluster.isWorker) await requireOwnDatabase(directUrl());
    const start = async () => onStop((await serveInProcesses({ dev: false })).close);
    // With several processes, only the primary prints.
    if (cluster.isWorker) return start();
    await step("Application started", start);
    console.log(["", ...describeAddress(settings), ""].join("\n"));
  });
}
