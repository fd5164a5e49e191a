import { type Device, readBrowser } from "./browser";
import { type Found, listSessions, type Session } from "./store";

/** A session as a page shows it to its owner: times as ISO 8601, and no secret. */
export type ShownSession = {
  handle: string;
  isThis: boolean;
  name: string | null;
  browser: string;
  system: string | null;
  device: Device;
  publicComputer: boolean;
  firstAddress: string | null;
  lastAddress: string | null;
  since: string;
  lastSeen: string;
  confirmedAt: string;
  /** Until when the password counts as entered recently; null when it no longer does. */
  confirmedUntil: string | null;
  idleAt: string;
  totalAt: string;
};

export type ShownSessions = { sessions: ShownSession[]; now: string };

/** The sessions of the user of this one, this one first, then by their last use. Throws an Outage. */
export async function showSessions({ user, session }: Found): Promise<ShownSessions> {
  const { sessions, now } = await listSessions(user);
  const shown = sessions.map((each) => show(each, { isThis: each.handle === session.handle, now }));
  return { sessions: shown.sort((a, b) => Number(b.isThis) - Number(a.isThis)), now: now.toISOString() };
}

/** One session as a page shows it. */
export function show(session: Session, { isThis, now }: { isThis: boolean; now: Date }): ShownSession {
  const { handle, name, publicComputer, userAgent, ipAddress, lastIpAddress, confirmedUntil } = session;
  return {
    handle,
    isThis,
    name,
    ...readBrowser(userAgent),
    publicComputer,
    firstAddress: ipAddress,
    lastAddress: lastIpAddress,
    since: session.createdAt.toISOString(),
    lastSeen: session.lastSeenAt.toISOString(),
    confirmedAt: session.confirmedAt.toISOString(),
    confirmedUntil: confirmedUntil > now ? confirmedUntil.toISOString() : null,
    idleAt: session.idleAt.toISOString(),
    totalAt: session.totalAt.toISOString(),
  };
}
