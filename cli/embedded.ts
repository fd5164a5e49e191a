// The embedded default: a Postgres, a secret and a demo account for this folder, stored in .data.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { startPostgres } from "@/cli/postgres";
import { createFolder } from "@/cli/postgres/binaries";
import { type DemoAccount, demoAccount } from "@/lib/auth/demo";
import { env, isLoopback, parseEnv } from "@/lib/env";
import { step } from "@/lib/terminal";
import { seed } from "@/prisma/seed";
import { requireServable } from "./requirements";
import { claimFolder } from "./running";

const DATA = ".data";
const DEMO_FILE = `${DATA}/demo.json`;

/**
 * Starts this folder's Postgres, and sets the environment variables to use it.
 * Throws a UserError when Latchkey is already running in this folder.
 */
export async function startEmbeddedPostgres(
  onStop: (stop: () => void | Promise<void>) => void,
  { dev }: { dev: boolean },
) {
  await createFolder(DATA);
  onStop(claimFolder(DATA, process.env.APP_URL?.trim() || `http://localhost:${process.env.PORT?.trim() || 3000}`));
  const { isLocal } = await completeSettings({ dev });

  const starting = startPostgres(DATA);
  // Registered before Postgres is up: if a signal arrives first, it is stopped as soon as it has started.
  onStop(async () => (await starting.catch(() => null))?.stop());
  const postgres = await step("Postgres started", () => starting);
  process.env.DATABASE_URL = postgres.url;
  return { makeDemoAccount: isLocal ? makeDemoAccount : null };
}

/**
 * Checks the settings before anything starts, and sets those stored in this folder.
 *
 * The stored secret and the demo account are only for this machine. To serve other
 * machines, the operator has to set a secret.
 */
async function completeSettings({ dev }: { dev: boolean }): Promise<{ isLocal: boolean }> {
  // Placeholders, so that all other settings can be checked before Postgres is up.
  const later = {
    DATABASE_URL: "postgresql://localhost/later",
    SESSION_SECRET: process.env.SESSION_SECRET || keptSecret(),
  };
  const isLocal = isLoopback(parseEnv({ ...process.env, ...later }).APP_URL.hostname);
  if (isLocal) {
    process.env.SESSION_SECRET = later.SESSION_SECRET;
    process.env.DEMO_FILE = DEMO_FILE;
    process.env.OUTBOX_SHOWN = "yes";
  }
  await requireServable(parseEnv({ ...process.env, DATABASE_URL: later.DATABASE_URL }), { dev });
  return { isLocal };
}

/** Creates the demo account once, and stores its password for the log-in page. Returns the account. */
async function makeDemoAccount(): Promise<DemoAccount> {
  const known = await demoAccount();
  const account = { url: env().APP_URL.origin, ...(await seed(known?.password ?? null)) };
  writePrivate(DEMO_FILE, JSON.stringify(account, null, 2));
  return account;
}

function keptSecret(): string {
  const path = `${DATA}/session-secret`;
  if (!existsSync(path)) writePrivate(path, randomBytes(32).toString("base64url"));
  return readFileSync(path, "utf8");
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}
