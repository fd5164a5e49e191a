import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { db, isOutage } from "@/lib/db";
import { isRefused } from "./database-errors";
import { withPostgres } from "./postgres";

/** A page that waits for the database says so after a second and a half. A command has more patience, in milliseconds. */
const PATIENCE = 5000;

/**
 * Does `work` with the database of `DATABASE_URL`, or else with the embedded one,
 * as `withDatabase` does, for what needs no secret: it is only asked for.
 * Throws an Outage when there is no answer for some seconds.
 */
export async function withDatabaseConnection<T>(work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withDatabase(async (url) => {
    useDatabase(url);
    process.env.SESSION_SECRET ||= "x".repeat(32);
    await untilAnswered(Date.now() + PATIENCE);
    result = await work();
  });
  return result as T;
}

/** Does `work` with the database of `DATABASE_URL`, or else with the embedded one, which is started for it if need be. */
export async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL?.trim();
  await (url ? work(url) : withPostgres(".data", work));
}

/** Sets what `npm start` would for the embedded default; with a database of one's own nothing is set. */
export function useDatabase(url: string): void {
  if (process.env.DATABASE_URL?.trim()) return;
  process.env.DATABASE_URL = url;
  if (existsSync(".data/session-secret")) process.env.SESSION_SECRET ||= readFileSync(".data/session-secret", "utf8");
}

async function untilAnswered(deadline: number): Promise<void> {
  try {
    await db().$queryRaw`SELECT 1`;
  } catch (error) {
    if (!isOutage(error) || isRefused(error) || Date.now() > deadline) throw error;
    await pause(200);
    await untilAnswered(deadline);
  }
}
