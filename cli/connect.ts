import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@/lib/connection";
import { isOutage, prepared } from "@/lib/db";
import { isAboutRestored, isRestored, RESTORED } from "@/lib/origin";
import { UserError } from "@/lib/terminal";
import { Prisma } from "@/prisma/client/client";
import { isRefused } from "./database-errors";
import { withPostgres } from "./postgres";
import { findRunning } from "./running";

/** How long to wait for the database, in milliseconds. A page gives up after 1.5 s; a command can wait longer. */
const PATIENCE = 5000;

/**
 * Runs `work` with a database connection, as `withDatabase` does.
 *
 * For work that needs no session secret: a placeholder satisfies the settings' check.
 * Throws an Outage when the database does not respond within 5 seconds.
 */
export async function withDatabaseConnection<T>(work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withDatabase(async (url) => {
    setDatabase(url);
    process.env.SESSION_SECRET ||= "x".repeat(32);
    await untilAnswered(Date.now() + PATIENCE);
    result = await work();
  });
  return result as T;
}

/** Runs `work` with the database in `DATABASE_URL`, or else with the embedded one. Starts that one if necessary. */
export async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL?.trim();
  await (url ? work(url) : withPostgres(".data", work));
}

/**
 * Sets the same variables as `npm start` for the embedded database, and `APP_URL` to the address of a
 * server that runs in this folder. An `APP_URL` or `PORT` that is set stays. Does nothing if
 * `DATABASE_URL` is set: another database may belong to a server elsewhere.
 */
export function setDatabase(url: string): void {
  if (process.env.DATABASE_URL?.trim()) return;
  process.env.DATABASE_URL = url;
  if (existsSync(".data/session-secret")) process.env.SESSION_SECRET ||= readFileSync(".data/session-secret", "utf8");
  const running = findRunning(".data");
  if (running && !process.env.APP_URL?.trim() && !process.env.PORT?.trim()) process.env.APP_URL = running.url;
}

async function untilAnswered(deadline: number): Promise<void> {
  try {
    await prepared(null, Prisma.sql`SELECT 1`);
  } catch (error) {
    if (!isOutage(error) || isRefused(error) || isAboutRestored(error) || Date.now() > deadline) throw error;
    await pause(200);
    await untilAnswered(deadline);
  }
}

/** Throws a UserError if the database at `url` was restored. Does nothing if it does not respond. */
export async function requireOwnDatabase(url: string): Promise<void> {
  const client = new Connection({ connectionString: url, connectionTimeoutMillis: PATIENCE, query_timeout: PATIENCE });
  try {
    await client.connect();
    if (await isRestored(client)) throw new UserError(RESTORED);
  } catch (error) {
    // Without a database, the server starts and responds with 503.
    if (error instanceof UserError) throw error;
  } finally {
    client.end().catch(() => {});
  }
}
