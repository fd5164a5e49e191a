import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import type { AtLimit, NewSession } from "@/lib/session/store/contract";
import { hashToken } from "@/lib/session/token";

/** Starts a session without a log-in, in a transaction of its own. Returns its token. */
export async function createSession(user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<string> {
  return (await transaction((tx) => sessionStore().create(tx, user, session, atLimit))).token;
}

/** Makes a session in Postgres older. `created` and `seen`: how long ago it was created and last used, in milliseconds. */
export async function ageInPostgres(token: string, { created, seen }: { created: number; seen: number }) {
  await db().$executeRaw`
    UPDATE sessions SET created_at = now() - make_interval(secs => ${created / 1000}),
                        last_seen_at = now() - make_interval(secs => ${seen / 1000})
     WHERE token_hash = ${hashToken(token)}`;
}
