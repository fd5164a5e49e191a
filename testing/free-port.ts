import { randomInt } from "node:crypto";
import { isFree } from "@/cli/postgres";

/**
 * A free port of this machine, below those that the system gives to outgoing connections:
 * one of these could take it before the server listens.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(25_000, 32_000);
  return (await isFree(port)) ? port : freePort();
}
