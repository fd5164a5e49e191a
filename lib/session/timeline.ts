import { COUNTED } from "@/lib/capped-count";
import { env } from "@/lib/env";
import { lastDays, type Reader } from "@/lib/ledger/days";
import { countEnded, type FailedLine, findBeginnings, findEnded, findFailed } from "@/lib/ledger/sessions";
import { sessionStore } from "@/lib/session/store";
import type { Session, User } from "@/lib/session/store/contract";
import { END_REASONS, type EndReason } from "./ending";
import { expiry, lifetimes } from "./policy";

/** The most sessions and failed log-ins that a timeline shows: the newest. */
const MOST = { sessions: 100, failures: 200 };

/** A session as a bar of a timeline. */
export type TimelineSession = {
  handle: string;
  userAgent: string | null;
  /** The owner's name for it, which is forgotten when it ends. */
  name: string | null;
  /** When it began, even if that was before the timeline does; null if the ledger no longer says so. */
  since: Date | null;
  /** When it ended; null while it is active. */
  until: Date | null;
  reason: EndReason | "active" | "unknown";
  /** When the user confirmed who they are, and when that failed, oldest first. */
  confirmations: Date[];
  wrong: Date[];
};

/** The sessions and failed log-ins of the reader's last 30 days. */
export type Timeline = {
  /** The first moment of each day, oldest first. */
  days: Date[];
  since: Date;
  until: Date;
  /** Active ones first, then those that ended last. */
  sessions: TimelineSession[];
  /** How many older sessions are left out, counted up to `COUNTED`. */
  hidden: number;
  failures: FailedLine[];
  hasMoreFailures: boolean;
  /** How long the ledger keeps lines, in milliseconds, if that is shorter than the timeline. */
  kept: number | null;
};

/** A user's sessions and failed log-ins of the reader's last 30 days, from the store and the ledger. Throws an Outage. */
export async function findTimeline(user: Pick<User, "id" | "role">, reader: Reader): Promise<Timeline> {
  const days = lastDays(reader).map(({ since }) => since);
  const since = days[0] ?? reader.now;
  // First the store: a session that ends meanwhile is then in both, and in the ledger last.
  const { sessions, expired, now } = await sessionStore().list(user);
  const [ended, failed] = await Promise.all([
    findEnded(user.id, since, MOST.sessions + 1),
    findFailed(user.id, since, MOST.failures + 1),
  ]);
  const over = new Set(ended.map(({ handle }) => handle));
  const all = [
    ...sessions.filter(({ handle }) => !over.has(handle)).map(active),
    ...[
      ...expired.filter(({ handle }) => !over.has(handle)).map((session) => expiredOne(session, user, now)),
      ...ended.map(endedOne),
    ]
      .filter(({ until }) => until && until >= since)
      .sort((a, b) => Number(b.until) - Number(a.until)),
  ];
  const shown = all.slice(0, MOST.sessions);
  const failures = failed.slice(0, MOST.failures);

  return {
    days,
    since,
    until: reader.now,
    sessions: await withBeginnings(user.id, shown, failures, since),
    hidden:
      ended.length > MOST.sessions ? await countHidden(user.id, all, ended.length, since) : all.length - shown.length,
    failures,
    hasMoreFailures: failed.length > MOST.failures,
    kept: env().LEDGER_LIFETIME < reader.now.getTime() - since.getTime() ? env().LEDGER_LIFETIME : null,
  };
}

function active({ handle, userAgent, name, createdAt }: Session): TimelineSession {
  const ends = { until: null, reason: "active" as const };
  return { handle, userAgent, name, since: createdAt, ...ends, confirmations: [], wrong: [] };
}

function expiredOne(session: Session, { role }: Pick<User, "role">, now: Date): TimelineSession {
  const end = expiry(session, lifetimes({ ...session, role }), now);
  return { ...active(session), until: end?.at ?? now, reason: end?.reason ?? "unknown" };
}

function endedOne({ handle, at, reason }: { handle: string; at: Date; reason: string | null }): TimelineSession {
  const known = END_REASONS.find((each) => each === reason) ?? "unknown";
  return { handle, userAgent: null, name: null, since: null, until: at, reason: known, confirmations: [], wrong: [] };
}

/** Adds what the ledger says about the log-ins of these sessions, and about the confirmations in them. */
async function withBeginnings(
  userId: string,
  sessions: TimelineSession[],
  failures: FailedLine[],
  since: Date,
): Promise<TimelineSession[]> {
  const handles = sessions.map(({ handle }) => handle);
  const beginnings = await findBeginnings(userId, handles, since);
  return sessions.map((session) => {
    const beginning = beginnings.get(session.handle);
    return {
      ...session,
      userAgent: session.userAgent ?? beginning?.userAgent ?? null,
      since: session.since ?? beginning?.at ?? null,
      confirmations: (beginning?.confirmations ?? []).map((at) => new Date(at)),
      wrong: failures
        .filter(({ handle }) => handle === session.handle)
        .map(({ at }) => at)
        .reverse(),
    };
  });
}

/** How many sessions are left out, when the ledger has more of them than were read. */
async function countHidden(userId: string, all: unknown[], read: number, since: Date): Promise<number> {
  const ended = await countEnded(userId, since);
  return Math.min(COUNTED + 1, all.length - read + ended - MOST.sessions);
}
