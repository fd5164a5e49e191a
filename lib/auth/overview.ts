// What the dashboard shows, read together with the session itself: one round trip to Postgres.

import { type Read, together } from "@/lib/db";
import { type Entry, ownEntries } from "@/lib/ledger/activity";
import { findLines } from "@/lib/ledger/lines";
import { findUnanswered, type Notice, noticesOf } from "@/lib/ledger/notices";
import { type Owner, userWith } from "@/lib/ledger/owner";
import { processWide } from "@/lib/process-wide";
import { type RequestContext, requestContext } from "@/lib/request-context";
import { type ShownSessions, showListed } from "@/lib/session/session-view";
import { lookUpEarly } from "@/lib/session/status";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, Whose } from "@/lib/session/store/contract";
import { type ShownRecovery, showRecoveryOf } from "@/lib/users/recoveries";
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

/** The number of latest activity entries to show. */
const RECENT = 3;

type Reads = ReturnType<typeof readAll>;

/** Overviews that are being read before the page needs them, by request. */
const early = processWide("latchkeyOverviews", () => new WeakMap<RequestContext, Reads>());

/** Starts the look-up of a session, as `lookUpEarly` does, and with it the overview of its user. */
export function overviewEarly(context: RequestContext, token: string): void {
  const { owner, handle } = sessionStore().inSql(token);
  together((read) => {
    lookUpEarly(context, token, read);
    const reads = readAll({ whose: { token }, owner, handle }, read);
    reads.catch(() => {});
    early.set(context, reads);
  });
}

/** The overview of a session's user, as it is now. Throws an Outage. */
export async function findOverview(found: ActiveSession): Promise<Overview> {
  const context = requestContext();
  const { user, session } = found;
  const theirs = { whose: user, owner: userWith(user.id), handle: Prisma.sql`${session.handle}::uuid` };
  const reads = early.get(context) ?? together((read) => readAll(theirs, read));
  // After an action has changed something, its page reads again.
  early.delete(context);
  const [lines, listed, recent, recovery] = await reads;
  return {
    notices: noticesOf(lines, words()),
    sessions: showListed(listed, found),
    entries: ownEntries(recent.lines, words()),
    recovery,
  };
}

type Theirs = { whose: Whose; owner: Owner; handle: Prisma.Sql };

function readAll({ whose, owner, handle }: Theirs, read: Read) {
  return Promise.all([
    findUnanswered(owner, handle, read),
    sessionStore().list(whose, read),
    findLines(owner, { before: null }, RECENT, read),
    showRecoveryOf(owner, read),
  ]);
}
