import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import type { AtLimit, NewSession } from "@/lib/session/store/contract";
import { hashToken } from "@/lib/session/token";

/** Starts a session without a log-in, in its own transaction. Returns its token. */
export async function createSession(user: { id: string }, session: NewSession, atLimit?: AtLimit): Promise<string> {
  return (await transaction((tx) => sessionStore().create(tx, user, session, atLimit))).token;
}

/** Ages a session in Postgres: it was then created and last used this many milliseconds ago. */
export async function ageInPostgres(token: string, { created, seen }: { created: number; seen: number }) {
  await db().$executeRaw`
    UPDATE sessions SET created_at = now() - make_interval(secs => ${created / 1000}),
                        last_seen_at = now() - make_interval(secs => ${seen / 1000})
     WHERE token_hash = ${hashToken(token)}`;
}
