import type { SessionStore } from "./contract";
import { postgres } from "./postgres";

// Users are in Postgres, wherever sessions are stored.
export { lockUser } from "./postgres/lock";

/** The store that keeps sessions. */
export function sessionStore(): SessionStore {
  return postgres;
}
