import { readFile } from "node:fs/promises";
import { env } from "@/lib/env";

export type DemoAccount = { url: string; email: string; password: string };

/**
 * The demo account that the log-in page offers, or null if there is none. Only
 * `npm start` with its own embedded database creates one, for this machine.
 */
export async function demoAccount(): Promise<DemoAccount | null> {
  const { DEMO_FILE } = env();
  if (!DEMO_FILE) return null;

  try {
    return JSON.parse(await readFile(DEMO_FILE, "utf8"));
  } catch {
    // Not created yet, or deleted; the next start creates it.
    return null;
  }
}
