// What the dashboard shows of an account. The server reads it together with the session: one statement.

import { asJson, type InJson } from "@/lib/db";
import { type Entry, listActivity, ownEntries } from "@/lib/ledger/activity";
import { type Line, newestLines } from "@/lib/ledger/lines";
import { findNotices, type Notice, noticesOf, type Unanswered, unansweredLines } from "@/lib/ledger/notices";
import { processWide } from "@/lib/process-wide";
import { type RequestContext, requestContext } from "@/lib/request-context";
import { type ShownSessions, showListed, showSessions } from "@/lib/session/session-view";
import { lookUpEarly } from "@/lib/session/status";
import { sessionStore } from "@/lib/session/store";
import type { AboutUser, ActiveSession, FoundWith } from "@/lib/session/store/contract";
import { type ShownRecovery, shownRecovery, showRecovery } from "@/lib/users/recoveries";
import { words } from "@/lib/words";
import { Prisma } from "@/prisma/client/client";

/** An account at a glance, for its user. */
export type Overview = {
  notices: Notice[];
  sessions: ShownSessions;
  /** The latest entries of the activity. */
  entries: Entry[];
  recovery: ShownRecovery | null;
};

/** The number of latest entries. */
const RECENT = 3;

type Read = { unanswered: InJson<Unanswered>[]; newest: InJson<Line>[]; recovery: ShownRecovery | null };

/** What Postgres returns about a user with the look-up of a session. */
export const OVERVIEW: AboutUser = {
  name: "overview",
  sql: (user, handle) => Prisma.sql`
    json_build_object('unanswered', ${asJson(unansweredLines(user, handle))}, 'newest', ${asJson(newestLines(user, RECENT))},
                      'recovery', (${shownRecovery(user)}))`,
};

/** Overviews that are being read before the page needs them, by request. */
const early = processWide("latchkeyOverviews", () => new WeakMap<RequestContext, Promise<FoundWith<Read> | null>>());

/** Starts the look-up of a session, as `lookUpEarly` does, and reads the overview of its user with it. */
export function overviewEarly(context: RequestContext, token: string): void {
  const read = sessionStore().findWith<Read>(token, OVERVIEW);
  read.catch(() => {});
  early.set(context, read);
  lookUpEarly(context, token, async () => (await read)?.found ?? null);
}

/** The overview of a session's user, as it is now. Throws an Outage. */
export async function findOverview(found: ActiveSession): Promise<Overview> {
  const read = await early.get(requestContext());
  // After an action has changed something, its page reads again.
  early.delete(requestContext());
  if (!read) return readOverview(found);
  const { unanswered, newest, recovery } = read.about;
  return {
    notices: noticesOf(unanswered.map(withTime), words()),
    sessions: showListed(read.listed, found),
    entries: ownEntries(newest.map(withTime), words()),
    recovery: recovery && { ...recovery, dueAt: new Date(recovery.dueAt).toISOString() },
  };
}

async function readOverview(found: ActiveSession): Promise<Overview> {
  const { id } = found.user;
  const [notices, sessions, { entries }, recovery] = await Promise.all([
    findNotices(found, words()),
    showSessions(found),
    listActivity(id, { before: null }, words(), RECENT),
    showRecovery(id),
  ]);
  return { notices, sessions, entries, recovery };
}

/** A line of the ledger from JSON, which has its number as a number. */
function withTime<Row extends { id: string; at: string }>({ id, at, ...rest }: Row) {
  return { ...rest, id: String(id), at: new Date(at) };
}
