import { db } from "@/lib/db";
import { readBrowser } from "@/lib/http/user-agent";
import { findLines, type Kind, kindOf, type Line, type Range } from "./lines";
import { describe } from "./words";

/** A line of the ledger as the person that it concerns reads it. */
export type Entry = {
  id: string;
  /** As ISO 8601. */
  at: string;
  kind: Kind;
  event: string;
  what: string;
  /** Who did it. */
  by: "you" | "somebody" | "somebody else" | "an administrator" | "Latchkey";
  /** Why, as the administrator who did it wrote. */
  note: string | null;
  browser: string | null;
  system: string | null;
  address: string | null;
};

/** Entries on one page. */
const PAGE = 50;

type Page<T> = { entries: T[]; next: string | null };

/** A user's entries, newest first, from below the line `before`; with the cursor of the next page, if there is one. Throws an Outage. */
export async function listActivity(userId: string, range: Range, size = PAGE): Promise<Page<Entry>> {
  const { lines, next } = await findLines(userId, range, size);
  return { entries: lines.map(ownEntry), next };
}

/** An entry for the person that it concerns, who is not told where administrators are. */
function ownEntry(line: Line): Entry {
  const shown = entry(line);
  return shown.by === "an administrator" ? { ...shown, browser: null, system: null, address: null } : shown;
}

/** An entry as administrators read it: whom it concerns, and who did it, by the addresses that they have now. */
export type FullEntry = Entry & {
  userId: string | null;
  user: string | null;
  byUserId: string | null;
  byUser: string | null;
};

/** Everybody's entries, or those of one user, as `listActivity` gives a person's own. Throws an Outage. */
export async function listFullActivity(userId: string | null, range: Range, size = PAGE): Promise<Page<FullEntry>> {
  const { lines, next } = await findLines(userId, range, size);
  const ids = [...new Set(lines.flatMap((line) => [line.userId, line.byUserId]))].filter((id) => id !== null);
  const users = await db().user.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });
  const emails = new Map(users.map(({ id, email }) => [id, email]));
  const email = (id: string | null) => (id ? (emails.get(id) ?? "a deleted account") : null);

  const entries = lines.map((line) => {
    const { userId, byUserId } = line;
    return { ...entry(line), userId, user: email(userId), byUserId, byUser: email(byUserId) };
  });
  return { entries, next };
}

/** All of a user's entries, newest first, a thousand at a time. Throws an Outage. */
export function allActivity(userId: string, kind: Kind | null): AsyncGenerator<Entry[]> {
  return allPages((before) => listActivity(userId, { kind, before }, 1000));
}

/** All entries of everybody, or of one user, likewise; or those above the line `after`. */
export function allFullActivity(userId: string | null, kind: Kind | null, after = 0n): AsyncGenerator<FullEntry[]> {
  return allPages((before) => listFullActivity(userId, { kind, before, after }, 1000));
}

async function* allPages<T>(read: (before: bigint | null) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let before: bigint | null = null;
  do {
    const { entries, next } = await read(before);
    yield entries;
    before = next ? BigInt(next) : null;
  } while (before);
}

/** The cursor that an address names, or null. */
export function parseCursor(text: unknown): bigint | null {
  return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : null;
}

function entry(line: Line): Entry {
  const { browser, system } = readBrowser(line.userAgent);
  return {
    id: line.id,
    at: line.at.toISOString(),
    kind: kindOf(line.event),
    event: line.event,
    what: describe(line),
    by: whoDid(line),
    note: line.note,
    browser: line.userAgent ? browser : null,
    system,
    address: line.ipAddress,
  };
}

function whoDid(line: Line): Entry["by"] {
  const { event, userId, byUserId } = line;
  if (isByAdministrator(line)) return "an administrator";
  if (byUserId) return byUserId === userId ? "you" : "somebody else";
  return event === "session_expired" ? "Latchkey" : "somebody";
}

/** Endings that somebody without a right over the account may bring about: by logging in, in the same browser. */
const OF_ANYBODY = ["replaced", "logged-out"];

/**
 * Whether an administrator did it, of whom the person that it concerns is not told
 * where they are. Administrators say why; at the machine's own command line they have no account.
 */
export function isByAdministrator({
  note,
  event,
  reason,
  userId,
  byUserId,
}: Pick<Line, "note" | "event" | "reason" | "userId" | "byUserId">): boolean {
  if (note !== null) return true;
  const isOfAnybody = event === "session_expired" && OF_ANYBODY.includes(reason ?? "");
  return byUserId !== null && byUserId !== userId && !isOfAnybody;
}
