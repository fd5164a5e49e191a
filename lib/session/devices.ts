import { DAY } from "@/lib/env";
import { type Entry, listActivity } from "@/lib/ledger/activity";
import { words } from "@/lib/words";
import { openPages } from "./open-pages";
import { type ShownSession, showSessions } from "./session-view";
import type { ActiveSession } from "./store/contract";

/** A session, and whether a page of it is open and connected. */
export type ShownDevice = ShownSession & { hasPage: boolean };

/** What the devices page shows: the sessions, and those that ended recently. Times are ISO 8601. */
export type ShownDevices = { sessions: ShownDevice[]; ended: Entry[]; now: string };

/** The ended sessions to show: how many at most, and from how long ago. */
const RECENT = { most: 10, age: 30 * DAY };

/** The user's devices. Tells their open pages for a minute when a page is opened or closed. Throws an Outage. */
export async function showDevices(found: ActiveSession): Promise<ShownDevices> {
  const [{ sessions, now }, { entries }] = await Promise.all([
    showSessions(found),
    listActivity(found.user.id, { kind: "endings", before: null }, words(), RECENT.most),
  ]);
  const handles = sessions.map(({ handle }) => handle);
  const open = await openPages().among(handles, found.user.id);
  return {
    sessions: sessions.map((session) => ({ ...session, hasPage: open.has(session.handle) })),
    ended: entries.filter(({ at }) => Date.parse(at) > found.now.getTime() - RECENT.age),
    now,
  };
}
