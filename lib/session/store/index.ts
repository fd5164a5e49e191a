import { type Env, env } from "@/lib/env";
import type { SessionStore } from "./contract";
import { postgres } from "./postgres";

// Users are in Postgres, wherever sessions are stored.
export { lockUser } from "./postgres/lock";

/** Every session store, by its name in `SESSION_STORE`. Each keeps the contract: see contract.test.ts. */
export const STORES: Record<Env["SESSION_STORE"], SessionStore> = { postgres };

/** The store that keeps sessions, which `SESSION_STORE` names. */
export function sessionStore(): SessionStore {
  return STORES[env().SESSION_STORE];
}
