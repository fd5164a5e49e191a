import { randomUUID } from "node:crypto";
import { onceCommitted, type Statements } from "@/lib/db";
import { env } from "@/lib/env";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { withCommit } from "@/lib/pipeline";
import { combined, levelOf } from "@/lib/session/amr";
import { announced } from "@/lib/session/events";
import {
  type AtLimit,
  type Ender,
  type LockedUser,
  type NewSession,
  type Started,
  UserGone,
} from "@/lib/session/store/contract";
import { claimNew, isMirrored } from "@/lib/session/store/redis/mirror";
import { endingsFor, type Room } from "@/lib/session/store/room";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { endThose } from "./end";
import { type LockedSession, lockSessions, lockUser } from "./lock";

/** Starts a session: see SessionStore. Concurrent log-ins of one user wait for each other. */
export async function create(
  tx: Statements,
  user: { id: string },
  { previousToken, publicComputer, amr = ["pwd"], demonstration, userAgent, ipAddress }: NewSession,
  atLimit: AtLimit = { kind: "oldest" },
): Promise<Started> {
  const [token, handle] = [newToken(), randomUUID()];
  const tokenHash = hashToken(token);
  const previous = previousToken ? hashToken(previousToken) : null;

  const owner = Prisma.sql`(SELECT user_id FROM sessions WHERE token_hash = ${previous})`;
  // Both at once, which Postgres does in this order.
  const [locked, sessions] = await Promise.all([
    lockUser(tx, user.id, owner),
    lockSessions(tx, Prisma.sql`s.user_id = ${user.id}::uuid OR s.token_hash = ${previous}`),
  ]);
  if (!locked) throw new UserGone();
  const by = { userAgent, ipAddress, userId: user.id };
  const starter = await makeRoom(tx, locked, { sessions, previous, demonstration, atLimit, by });
  const recent = Prisma.sql`make_interval(secs => ${starter ? 0 : env().CONFIRM_LIFETIME / 1000})`;
  const creating = tx.$queryRaw`
    WITH created AS (
      INSERT INTO sessions AS s (token_hash, handle, mark, user_id, public_computer, demonstration, name, user_agent,
                                 ip_address, last_ip_address, amr, level, confirmed_at, confirmed_until)
      VALUES (${tokenHash}, ${handle}::uuid, ${endingKeyOf(tokenHash)}, ${user.id}::uuid, ${publicComputer},
              ${starter !== null}, ${demonstration?.name ?? null}, ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null},
              ${ipAddress}::inet, ${ipAddress}::inet, ${combined(...amr)}::text[], ${levelOf(amr)}, coalesce(${starter?.confirmedAt ?? null}::timestamptz, now()), now() + ${recent})
      RETURNING s.handle)
    SELECT handle, ${announced(user.id)} FROM created`;
  await withCommit(tx, creating);
  await claimNew(tx, tokenHash);
  onceCommitted(tx, () => metrics().sessionsStarted.inc());
  return { token, handle, user: locked, before: sessions.filter(({ userId }) => userId === user.id) };
}

/** Makes room for one more session of a user: ends the sessions that `endingsFor` names. Returns the starter. */
async function makeRoom(
  tx: Statements,
  user: LockedUser,
  { by, sessions, ...room }: Room & { by: Ender; sessions: LockedSession[] },
): Promise<LockedSession | null> {
  const { endings, starter } = endingsFor(user, sessions, room);
  const those = endings.map(({ session, reason }) => Prisma.sql`(${session.handle}::uuid, ${reason}::text)`);
  if (those.length === 0) return starter;

  const selected = Prisma.sql`SELECT * FROM (VALUES ${Prisma.join(those)}) AS those (handle, reason)`;
  const ending = endThose(tx, selected, by);
  // Redis forgets these sessions before the transaction commits.
  await (isMirrored() ? ending : withCommit(tx, ending));
  return starter;
}
