import { existsSync, readFileSync } from "node:fs";
import { withDatabase } from "./migrate";

/**
 * Does `work` with the database of `DATABASE_URL`, or else with the embedded one,
 * as `withDatabase` does, for what needs no secret: it is only asked for.
 */
export async function attached<T>(work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withDatabase(async (url) => {
    useDatabase(url);
    process.env.SESSION_SECRET ||= "x".repeat(32);
    result = await work();
  });
  return result as T;
}

/** Sets what `npm start` would for the embedded default; with a database of one's own nothing is set. */
export function useDatabase(url: string): void {
  if (process.env.DATABASE_URL?.trim()) return;
  process.env.DATABASE_URL = url;
  if (existsSync(".data/session-secret")) process.env.SESSION_SECRET ||= readFileSync(".data/session-secret", "utf8");
}
