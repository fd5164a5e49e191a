import type { Env } from "@/lib/env";

/** The promises that a store does not keep, as a sentence for operators; null when it keeps them all. */
export function limitsOfStore({ SESSION_STORE }: Env): string | null {
  if (SESSION_STORE !== "memory") return null;
  return "Sessions are in the memory of one process: a restart logs everybody out, and commands do not reach them.";
}

/**
 * Why the server must not start with this store, as a sentence for operators; null when it may. `isForOneself` says
 * that the server is for its developer: with the sources, or at localhost with an embedded Postgres.
 */
export function refusalOfStore(
  { SESSION_STORE, SESSION_STORE_MEMORY }: Env,
  { isForOneself }: { isForOneself: boolean },
): string | null {
  if (SESSION_STORE !== "memory" || SESSION_STORE_MEMORY || isForOneself) return null;
  return "SESSION_STORE=memory is refused, because each restart would log everybody out. To use it here anyway, set SESSION_STORE_MEMORY=yes.";
}
