import { env } from "@/lib/env";
import type { EndReason } from "@/lib/session/ending";
import { expiry, lifetimes } from "@/lib/session/policy";
import type { TokenHash } from "@/lib/session/token";
import { type AtLimit, type LockedUser, type NewSession, type Session, TooManySessions, UserGone } from "./contract";
import { keyOf } from "./postgres/key";

/** A stored session of which a log-in decides whether it ends. `now` is the store's clock. */
type Stored = Pick<
  Session,
  "handle" | "publicComputer" | "demonstration" | "confirmedAt" | "createdAt" | "lastSeenAt"
> & {
  tokenHash: TokenHash;
  userId: string;
  now: Date;
};

/** The hash of the token that this browser had before, the demonstration to start, and what to do at the limit. */
export type Room = { previous: TokenHash | null; demonstration: NewSession["demonstration"]; atLimit: AtLimit };

/**
 * The sessions that end to make room for one more session of a user, with the reasons: the browser's previous
 * session, the earlier one of two demonstrations, those that the user chose, and those above the limit. `sessions`
 * are in the order of their log-ins. `starter` is the session that starts a demonstration; null for a log-in.
 * Throws TooManySessions and, if the starter has ended, UserGone.
 */
export function endingsFor<S extends Stored>(
  user: LockedUser,
  sessions: S[],
  { previous, demonstration: started, atLimit }: Room,
): { endings: { session: S; reason: EndReason }[]; starter: S | null } {
  const reasonOf = ({ tokenHash, userId, handle, demonstration }: S): EndReason | null => {
    if (previous && keyOf(tokenHash) === keyOf(previous)) return userId === user.id ? "logged-out" : "replaced";
    if (started && demonstration) return "logged-out";
    return atLimit.kind === "end" && atLimit.handles.includes(handle) ? "revoked" : null;
  };
  const active = sessions.filter(
    (one) => reasonOf(one) === null && !expiry(one, lifetimes({ ...one, ...user }), one.now),
  );
  const lastOut = active
    .reverse()
    .sort(
      (a, b) => Number(a.demonstration) - Number(b.demonstration) || b.lastSeenAt.getTime() - a.lastSeenAt.getTime(),
    );
  const excess = lastOut.splice(env().MAX_SESSIONS - 1);
  if (excess.some(({ demonstration }) => !demonstration) && atLimit.kind !== "oldest") throw new TooManySessions();
  const starter = lastOut.find(({ handle }) => handle === started?.startedBy) ?? null;
  if (started && !starter) throw new UserGone();

  const endings = sessions.flatMap((session) => {
    const reason = reasonOf(session) ?? (excess.includes(session) ? "over-limit" : null);
    return reason ? [{ session, reason }] : [];
  });
  return { endings, starter };
}
