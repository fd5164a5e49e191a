import { env } from "@/lib/env";
import type { EndReason } from "@/lib/session/ending";
import { expiry, lifetimes } from "@/lib/session/policy";
import type { TokenHash } from "@/lib/session/token";
import { type AtLimit, type LockedUser, type Session, TooManySessions } from "./contract";
import { keyOf } from "./postgres/key";

/** A stored session of which a log-in decides whether it ends. `now` is the store's clock. */
type Stored = Pick<Session, "handle" | "publicComputer" | "createdAt" | "lastSeenAt"> & {
  tokenHash: TokenHash;
  userId: string;
  now: Date;
};

/** The hash of the token that this browser had before, and what to do at the limit. */
export type Room = { previous: TokenHash | null; atLimit: AtLimit };

/**
 * The sessions that end to make room for one more session of a user, with the reasons: the browser's previous
 * session, those that the user chose, and those above the limit. `sessions` are in the order of their
 * log-ins. Throws TooManySessions.
 */
export function endingsFor<S extends Stored>(
  user: LockedUser,
  sessions: S[],
  { previous, atLimit }: Room,
): { session: S; reason: EndReason }[] {
  const reasonOf = ({ tokenHash, userId, handle }: S): EndReason | null => {
    if (previous && keyOf(tokenHash) === keyOf(previous)) return userId === user.id ? "logged-out" : "replaced";
    return atLimit.kind === "end" && atLimit.handles.includes(handle) ? "revoked" : null;
  };
  const active = sessions.filter(
    (one) => reasonOf(one) === null && !expiry(one, lifetimes({ ...one, ...user }), one.now),
  );
  const newestFirst = active.reverse().sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  const excess = newestFirst.slice(env().MAX_SESSIONS - 1);
  if (excess.length > 0 && atLimit.kind !== "oldest") throw new TooManySessions();

  return sessions.flatMap((session) => {
    const reason = reasonOf(session) ?? (excess.includes(session) ? "over-limit" : null);
    return reason ? [{ session, reason }] : [];
  });
}
