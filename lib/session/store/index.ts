import type { SessionStore } from "./contract";
import { postgres } from "./postgres";

// Users are in Postgres, wherever their sessions are kept.
export { lockUser } from "./postgres/lock";

/** The store in which sessions are kept. */
export function sessionStore(): SessionStore {
  return postgres;
}
