import { type ShownPlace, showPlace } from "@/lib/http/place";
import { type Device, readBrowser } from "@/lib/http/user-agent";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, Listed, Session, User } from "@/lib/session/store/contract";
import { words } from "@/lib/words";
import { describeProof, type Level } from "./amr";
import { isBindingOn } from "./dbsc/on";
import { type Lifetimes, lifetimes } from "./policy";

/** A session as its owner sees it on a page: times as ISO 8601, no secrets. */
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
  /** Where these addresses are, approximately. Null if unknown. */
  firstPlace: ShownPlace | null;
  lastPlace: ShownPlace | null;
  /** How its user proved who they are, in words, and with how many factors. */
  proof: string;
  level: Level;
  since: string;
  lastSeen: string;
  confirmedAt: string;
  /** Until when the user counts as confirmed recently; null when that time is over. */
  confirmedUntil: string | null;
  /** Since when it has been bound to the device that logged in; null if it is not. */
  boundAt: string | null;
  /** Whether the server binds sessions at all. */
  isBindable: boolean;
  idleAt: string;
  totalAt: string;
  /** A sentence that says why the session is still valid. */
  why: string;
};

export type ShownSessions = { sessions: ShownSession[]; now: string };

/** All sessions of this session's user: this one first, then the most recently used. Throws an Outage. */
export async function showSessions(found: ActiveSession): Promise<ShownSessions> {
  return showListed(await sessionStore().list(found.user), found);
}

/** The listed sessions of this session's user: this one first. */
export function showListed(listed: Listed, { user, session: { handle } }: ActiveSession): ShownSessions {
  const shown = showAll(listed, user, handle);
  return { ...shown, sessions: shown.sessions.sort((a, b) => Number(b.isThis) - Number(a.isThis)) };
}

/** A user's active sessions, the most recently used first. Throws an Outage. */
export async function showSessionsOf(user: Pick<User, "id" | "role">): Promise<ShownSessions> {
  return showAll(await sessionStore().list(user), user);
}

function showAll({ sessions, now }: Listed, user: Pick<User, "role">, thisHandle?: string): ShownSessions {
  const shown = sessions.map((each) => {
    const its = lifetimes({ ...each, role: user.role });
    return show(each, { isThis: each.handle === thisHandle, its, now });
  });
  return { sessions: shown, now: now.toISOString() };
}

/** Rotates a stored session into one that a page can show. */
function show(session: Session, { isThis, its, now }: { isThis: boolean; its: Lifetimes; now: Date }): ShownSession {
  const { t, duration } = words();
  const { handle, name, publicComputer, userAgent, ipAddress, lastIpAddress, confirmedUntil } = session;
  return {
    handle,
    isThis,
    name,
    ...readBrowser(userAgent),
    publicComputer,
    firstAddress: ipAddress,
    lastAddress: lastIpAddress,
    firstPlace: showPlace(ipAddress, words()),
    lastPlace: showPlace(lastIpAddress, words()),
    proof: describeProof(session.amr, words()),
    level: session.level,
    since: session.createdAt.toISOString(),
    lastSeen: session.lastSeenAt.toISOString(),
    confirmedAt: session.confirmedAt.toISOString(),
    confirmedUntil: confirmedUntil > now ? confirmedUntil.toISOString() : null,
    boundAt: (isBindingOn() && session.boundAt?.toISOString()) || null,
    isBindable: isBindingOn(),
    idleAt: session.idleAt.toISOString(),
    totalAt: session.totalAt.toISOString(),
    why: t("sessionsPage.why", { idle: duration(its.idle), total: duration(its.total) }),
  };
}
