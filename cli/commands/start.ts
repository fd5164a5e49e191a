import { describeAddress } from "@/cli/banner";
import { requireOwnDatabase } from "@/cli/connect";
import { startEmbeddedPostgres } from "@/cli/embedded";
import { requireServable } from "@/cli/requirements";
import { directUrl, env } from "@/lib/env";
import { limitsOfStore } from "@/lib/session/store/limits";
import { step } from "@/lib/terminal";
import { applyMigrations } from "@/prisma/migrate";
import { build } from "@/server/build";
import { requirePort } from "@/server/listen";
import { untilStopped } from "@/server/shutdown";
import { loadServer, serveInProcesses } from "@/server/workers";

export async function main(): Promise<void> {
  await start({ dev: false });
}

/**
 * Prepares and serves the application until a signal to stop. Without `DATABASE_URL`,
 * it starts an embedded Postgres with a demo account.
 */
export async function start({ dev }: { dev: boolean }): Promise<void> {
  await untilStopped(async (onStop, stop) => {
    const embedded = process.env.DATABASE_URL?.trim() ? null : await bringMeanwhile(onStop, { dev });
    if (!embedded) await requireServable(env(), { dev });
    for (const port of [env().PORT, env().MANAGEMENT_PORT]) if (port) await requirePort(port);
    await step("Database migrated", () => applyMigrations(directUrl()));
    await requireOwnDatabase(directUrl());
    const makeDemo = embedded?.makeDemoAccount;
    const demo = makeDemo ? await step("Demo account ready", makeDemo) : null;
    if (!dev) await build({ stop });

    await step("Application started", async () => onStop((await serveInProcesses({ dev })).close));
    console.log(["", ...describeAddress(env())].join("\n"));
    if (demo) console.log(`  Log in     ${demo.email}\n  Password   ${demo.password}`);
    if (!env().SMTP_URL) console.log(`  Mail       ${whereMailGoes()}`);
    const limits = limitsOfStore(env());
    if (limits) console.log(`  Sessions   ${limits}`);
    console.log("  Stop       Ctrl-C\n");
  });
}

/** Starts the embedded Postgres, and loads the server's code in the meantime. */
async function bringMeanwhile(...how: Parameters<typeof startEmbeddedPostgres>) {
  const bringing = startEmbeddedPostgres(...how);
  // An error is reported when the code is needed.
  loadServer().catch(() => {});
  return bringing;
}

/** Where emails go when no SMTP server is set. */
function whereMailGoes(): string {
  const { APP_URL, OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  return OUTBOX_SHOWN ? `${APP_URL.origin}/outbox` : `stored in ${OUTBOX_FOLDER}, not sent. To send it, set SMTP_URL`;
}
