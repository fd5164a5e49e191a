import type { TokenHash } from "@/lib/session/token";

/** A hash as something that two of them can be compared by. */
export function keyOf(hash: TokenHash): string {
  return Buffer.from(hash).toString("latin1");
}
