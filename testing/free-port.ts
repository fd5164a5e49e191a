import { randomInt } from "node:crypto";
import { isFree } from "@/cli/postgres";

/**
 * A port of this machine that nobody has. It is below those that the system gives to outgoing
 * connections: one of these would have taken it before it is listened at.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(25_000, 32_000);
  return (await isFree(port)) ? port : freePort();
}
