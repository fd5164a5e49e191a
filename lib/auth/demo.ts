import { readFile } from "node:fs/promises";
import { env } from "@/lib/env";

export type DemoAccount = { url: string; email: string; password: string };

/**
 * The demo account that the log-in page offers, or null where there is none.
 * Only `npm start` with its own embedded database makes one, for this machine.
 */
export async function demoAccount(): Promise<DemoAccount | null> {
  const { DEMO_FILE } = env();
  if (!DEMO_FILE) return null;

  try {
    return JSON.parse(await readFile(DEMO_FILE, "utf8"));
  } catch {
    // Not made yet, or deleted; the next start makes it again.
    return null;
  }
}
