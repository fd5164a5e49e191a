// The embedded default: a Postgres, a secret and a demo account of this folder's own, kept in .data.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { startPostgres } from "@/cli/postgres";
import { createFolder } from "@/cli/postgres/binaries";
import { type DemoAccount, demoAccount } from "@/lib/auth/demo";
import { env, isLoopback, parseEnv } from "@/lib/env";
import { step, UserError } from "@/lib/terminal";
import { seed } from "@/prisma/seed";

const DATA = ".data";
const DEMO_FILE = `${DATA}/demo.json`;

/**
 * Starts the Postgres of this folder and sets what the application needs to
 * use it. Throws a UserError when this folder is being served already.
 */
export async function startEmbeddedPostgres(onStop: (stop: () => void | Promise<void>) => void) {
  await createFolder(DATA);
  onStop(claimFolder());
  const { isLocal } = completeSettings();

  const starting = startPostgres(DATA);
  // Before it has started: told to stop meanwhile, it is stopped as soon as it has.
  onStop(async () => (await starting.catch(() => null))?.stop());
  const postgres = await step("Postgres started", () => starting);
  process.env.DATABASE_URL = postgres.url;
  return { makeDemoAccount: isLocal ? makeDemoAccount : null };
}

/**
 * Checks the settings before anything is started, and sets those that this
 * folder keeps. Its secret and its demo account are for this machine alone:
 * what is served to others needs a secret that somebody has chosen to keep.
 */
function completeSettings(): { isLocal: boolean } {
  // Known only when Postgres has been started; checked are all the others.
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
  parseEnv({ ...process.env, DATABASE_URL: later.DATABASE_URL });
  return { isLocal };
}

/** Makes the demo account, once, and keeps its password for the log-in page. Returns it. */
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

/** Says that this folder is being served, by whom and where. Returns what takes that back. */
function claimFolder(): () => void {
  const running = `${DATA}/running.json`;
  try {
    const { pid, url } = JSON.parse(readFileSync(running, "utf8"));
    // In a container, the one before may have had the number that is ours now.
    if (pid !== process.pid && isRunning(pid)) {
      throw new UserError(
        `Latchkey is running in this folder already: ${url} (process ${pid}). To stop it: kill ${pid}`,
      );
    }
  } catch (error) {
    // No such file, or one that was cut off half-way: nobody is there.
    if (error instanceof UserError) throw error;
  }
  writePrivate(
    running,
    JSON.stringify({ pid: process.pid, url: process.env.APP_URL || `http://localhost:${process.env.PORT || 3000}` }),
  );
  return () => rmSync(running, { force: true });
}

/** Whether the process is alive. It may be another one by now, under the same number: then its command tells. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self/cmdline") || readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("main.mjs");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}
