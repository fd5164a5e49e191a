import type { TokenHash } from "@/lib/session/token";

/** A hash as a string, which can be compared and used as a key. */
export function keyOf(hash: TokenHash): string {
  return Buffer.from(hash).toString("latin1");
}
