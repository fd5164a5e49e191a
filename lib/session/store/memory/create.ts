import { randomUUID } from "node:crypto";
import { onceCommitted, type Statements } from "@/lib/db";
import { env } from "@/lib/env";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { combined, levelOf } from "@/lib/session/amr";
import { announced } from "@/lib/session/events";
import { type AtLimit, type NewSession, type Started, UserGone } from "@/lib/session/store/contract";
import { keyOf } from "@/lib/session/store/postgres/key";
import { lockUser } from "@/lib/session/store/postgres/lock";
import { endingsFor } from "@/lib/session/store/room";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { endHeld } from "./end";
import { add, hold, ofUser, withToken } from "./rows";
import { DISABLED_LINE } from "./users";

/** Starts a session: see SessionStore. Concurrent log-ins of one user wait for each other. */
export async function create(
  tx: Statements,
  user: { id: string },
  { previousToken, publicComputer, amr = ["pwd"], demonstration, ipAddress, userAgent }: NewSession,
  atLimit: AtLimit = { kind: "oldest" },
): Promise<Started> {
  const former = previousToken ? withToken(previousToken, tx) : null;
  const locked = await lockUser(tx, user.id, Prisma.sql`${former?.userId ?? null}::uuid`);
  if (!locked) throw new UserGone();

  const previous = previousToken ? hashToken(previousToken) : null;
  const held = await hold(tx, [...ofUser(user.id), ...(former ? [former] : [])]);
  const now = new Date();
  const stored = held
    .filter(({ row }) => row.userId === user.id || (previous && keyOf(row.tokenHash) === keyOf(previous)))
    .map(({ entry, row }) => ({ ...row, entry, now }))
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const { endings, starter } = endingsFor(locked, stored, { previous, demonstration, atLimit });
  await endHeld(
    tx,
    endings.map(({ session, reason }) => ({ entry: session.entry, row: session, reason })),
    { userAgent, ipAddress, userId: user.id },
  );

  const token = newToken();
  const tokenHash = hashToken(token);
  const [found] = await tx.$queryRaw<{ disabledLine: number }[]>`
    SELECT ${DISABLED_LINE} AS "disabledLine", ${announced(user.id)} FROM users u WHERE u.id = ${user.id}::uuid`;
  const handle = randomUUID();
  add(tx, {
    tokenHash,
    mark: endingKeyOf(tokenHash),
    handle,
    userId: user.id,
    disabledLine: found?.disabledLine ?? 0,
    name: demonstration?.name ?? null,
    publicComputer,
    demonstration: starter !== null,
    userAgent: userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
    ipAddress,
    lastIpAddress: ipAddress,
    amr: combined(...amr),
    level: levelOf(amr),
    confirmedAt: starter?.confirmedAt ?? now,
    confirmedUntil: new Date(now.getTime() + (starter ? 0 : env().CONFIRM_LIFETIME)),
    createdAt: now,
    lastSeenAt: now,
    boundAt: null,
    proofKey: null,
    provedAt: null,
    proofSeenAt: null,
    rotation: null,
  });
  onceCommitted(tx, () => metrics().sessionsStarted.inc());
  return { token, handle, user: locked, before: stored.filter(({ userId }) => userId === user.id) };
}
