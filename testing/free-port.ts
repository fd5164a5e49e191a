import { randomInt } from "node:crypto";
import { isFree } from "@/cli/postgres";

/**
 * Returns a free port of this machine. It is below the range for outgoing connections,
 * one of which could take the port before the server listens.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(25_000, 32_000);
  return (await isFree(port)) ? port : freePort();
}
