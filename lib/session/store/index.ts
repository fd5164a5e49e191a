import { type Env, env } from "@/lib/env";
import type { SessionStore } from "./contract";
import { memory } from "./memory";
import { openMemory } from "./memory/rows";
import { postgres } from "./postgres";
import { redis } from "./redis";

// Users are in Postgres, wherever sessions are stored.
export { lockUser } from "./postgres/lock";

/** Every session store, by its name in `SESSION_STORE`. Each keeps the contract: see contract.test.ts. */
export const STORES: Record<Env["SESSION_STORE"], SessionStore> = { postgres, redis, memory };

/** The store that keeps sessions, which `SESSION_STORE` names. */
export function sessionStore(): SessionStore {
  return STORES[env().SESSION_STORE];
}

/**
 * Opens the store in the process that serves. The returned function closes it: sessions that end with the process get
 * their lines in the ledger.
 */
export function openSessionStore(): () => Promise<void> {
  if (env().SESSION_STORE !== "memory") return async () => {};
  openMemory();
  return async () => {
    await memory.endSelected({}, "restarted", { userId: null, userAgent: null, ipAddress: null });
  };
}
