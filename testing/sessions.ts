import { transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import type { AtLimit, NewSession } from "@/lib/session/store/contract";

/** Starts a session without a log-in, in a transaction of its own. Returns its token. */
export async function createSession(user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<string> {
  return (await transaction((tx) => sessionStore().create(tx, user, session, atLimit))).token;
}
