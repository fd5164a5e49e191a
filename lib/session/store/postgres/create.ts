import { type Database, onceCommitted } from "@/lib/db";
import { env } from "@/lib/env";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import type { EndReason } from "@/lib/session/ending";
import { announced } from "@/lib/session/events";
import { expiry, lifetimes } from "@/lib/session/policy";
import {
  type AtLimit,
  type Ender,
  type LockedUser,
  type NewSession,
  type Started,
  TooManySessions,
  UserGone,
} from "@/lib/session/store/contract";
import { endingKeyOf, hashToken, newToken, type TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { endThose } from "./end";
import { keyOf } from "./key";
import { type LockedSession, lockSessions, lockUser } from "./lock";

/** Starts a session: see SessionStore. Concurrent log-ins of one user wait for each other. */
export async function create(
  tx: Database,
  user: { id: string },
  { previousToken, publicComputer, userAgent, ipAddress }: NewSession,
  atLimit: AtLimit = { kind: "oldest" },
): Promise<Started> {
  const token = newToken();
  const tokenHash = hashToken(token);
  const previous = previousToken ? hashToken(previousToken) : null;

  const locked = await lockUser(tx, user.id, previous);
  if (!locked) throw new UserGone();
  await makeRoom(tx, locked, { previous, atLimit, by: { userAgent, ipAddress, userId: user.id } });
  const [created] = await tx.$queryRaw<{ handle: string }[]>`
    WITH created AS (
      INSERT INTO sessions AS s (token_hash, handle, mark, user_id, public_computer, user_agent, ip_address, last_ip_address, confirmed_until)
      VALUES (${tokenHash}, gen_random_uuid(), ${endingKeyOf(tokenHash)}, ${user.id}::uuid, ${publicComputer},
              ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}, ${ipAddress}::inet, ${ipAddress}::inet,
              now() + make_interval(secs => ${env().CONFIRM_LIFETIME / 1000}))
      RETURNING s.handle)
    SELECT handle, ${announced(user.id)} FROM created`;
  onceCommitted(tx, () => metrics().sessionsStarted.inc());
  return { token, handle: String(created?.handle), user: locked };
}

type Room = { previous: TokenHash | null; atLimit: AtLimit; by: Ender };

/**
 * Makes room for one more session of a user. Ends the browser's previous session, the sessions
 * that the user chose, and those above the limit.
 */
async function makeRoom(tx: Database, user: LockedUser, { previous, atLimit, by }: Room): Promise<void> {
  const rows = await lockSessions(tx, Prisma.sql`s.user_id = ${user.id}::uuid OR s.token_hash = ${previous}`);
  const reasonOf = ({ tokenHash, userId, handle }: LockedSession): EndReason | null => {
    if (previous && keyOf(tokenHash) === keyOf(previous)) return userId === user.id ? "logged-out" : "replaced";
    return atLimit.kind === "end" && atLimit.handles.includes(handle) ? "revoked" : null;
  };
  const active = rows.filter((row) => reasonOf(row) === null && !expiry(row, lifetimes({ ...row, ...user }), row.now));
  const newestFirst = active.reverse().sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  const excess = newestFirst.slice(env().MAX_SESSIONS - 1);
  if (excess.length > 0 && atLimit.kind !== "oldest") throw new TooManySessions();

  const endings = rows.flatMap((row) => {
    const reason = reasonOf(row) ?? (excess.includes(row) ? "over-limit" : null);
    return reason ? [Prisma.sql`(${row.tokenHash}::bytea, ${reason}::text)`] : [];
  });
  if (endings.length > 0)
    await endThose(tx, Prisma.sql`SELECT * FROM (VALUES ${Prisma.join(endings)}) AS those (token_hash, reason)`, by);
}
