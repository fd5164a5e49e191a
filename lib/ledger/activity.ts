import { db } from "@/lib/db";
import { describePlace } from "@/lib/http/place";
import { readBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";
import { ENGLISH } from "@/lib/words";
import { findBrowsers, findLines, type Kind, kindOf, type Line, type LineFilter, type Range } from "./lines";
import { describe } from "./words";

/** A line of the ledger as the user whom it concerns sees it. */
export type Entry = {
  id: string;
  /** As ISO 8601. */
  at: string;
  kind: Kind;
  event: string;
  /** The reason as a code, such as "new-browser". */
  reason: string | null;
  /** What happened, in words. */
  what: string;
  /** Who did it. The user's exported files contain this text; pages translate it. */
  by: "you" | "somebody" | "somebody else" | "an administrator" | "Latchkey";
  /** The reason that the administrator gave. */
  note: string | null;
  browser: string | null;
  system: string | null;
  address: string | null;
  /** Where the address is, approximately. Only pages have it: files contain what the ledger holds. */
  place?: string;
};

/** The number of entries on a page. */
const PAGE = 50;

/** A page of entries, and the cursor of the next page, or null. It is unfinished if older entries may belong to it. */
type Page<T> = { entries: T[]; next: string | null; isUnfinished?: boolean };

/**
 * A page of a user's entries, newest first, older than the line `range.before`. `next` is the
 * cursor of the next page, or null. `words` decides the language. Throws an Outage.
 */
export async function listActivity(userId: string, range: Range, words: Words, size = PAGE): Promise<Page<Entry>> {
  const { lines, next } = await findLines(userId, range, size);
  return { entries: ownEntries(lines, words), next };
}

/** Lines as the user whom they concern sees them on a page. */
export function ownEntries(lines: Line[], words: Words): Entry[] {
  return lines.map((line) => withPlace(ownEntry(line, words), words));
}

/** The most entries that a page reads while it looks for those that match, and how many it reads at once. */
const MOST_READ = 2500;
const READ_AT_ONCE = 500;

/**
 * A page of the user's entries that match. The condition is checked here and not in Postgres, so that it is about
 * what the user sees: words in their language, and nothing that is hidden from them.
 *
 * If few entries match, the page is unfinished: it reads at most `MOST_READ`, and the next page continues from there.
 */
export async function searchActivity(
  userId: string,
  range: Range,
  matches: (entry: Entry) => boolean,
  words: Words,
): Promise<Page<Entry>> {
  const found: Entry[] = [];
  let { before } = range;
  for (let read = 0; read < MOST_READ; read += READ_AT_ONCE) {
    const { entries, next } = await listActivity(userId, { ...range, before }, words, READ_AT_ONCE);
    found.push(...entries.filter(matches));
    const last = found[PAGE - 1];
    if (last && found.length > PAGE) return { entries: found.slice(0, PAGE), next: last.id };
    if (!next) return { entries: found, next: null };
    before = BigInt(next);
  }
  return { entries: found, next: String(before), isUnfinished: true };
}

/** The devices of the user's latest entries, each once. */
export async function listDevices(userId: string): Promise<Pick<Entry, "browser" | "system">[]> {
  const browsers = (await findBrowsers(userId)).map(readBrowser);
  const devices = browsers.map(({ browser, system }) => [`${browser}/${system}`, { browser, system }] as const);
  return [...new Map(devices).values()];
}

/** An entry for the user whom it concerns, without the browser and address of an administrator. */
function ownEntry(line: Line, words: Words): Entry {
  const shown = entry(line, words);
  return shown.by === "an administrator" ? { ...shown, browser: null, system: null, address: null } : shown;
}

/**
 * An entry as administrators see it: with the user whom it concerns and the user who did it, by
 * their current email addresses.
 */
export type FullEntry = Omit<Entry, "by"> & {
  /** The origin of the action, in words for administrators. `byUser` says which user. */
  by: Exclude<Entry["by"], "you"> | "the user" | "the command line";
  userId: string | null;
  user: string | null;
  byUserId: string | null;
  byUser: string | null;
};

/** The entries of all users, or of one, in pages as from `listActivity`. Throws an Outage. */
export async function listFullActivity(
  userId: string | null,
  range: Range,
  words: Words,
  size = PAGE,
): Promise<Page<FullEntry>> {
  const { entries, next } = await readFullActivity(userId, range, words, size);
  return { entries: entries.map((entry) => withPlace(entry, words)), next };
}

async function readFullActivity(
  userId: string | null,
  range: Range,
  words: Words,
  size: number,
): Promise<Page<FullEntry>> {
  const { lines, next } = await findLines(userId, range, size);
  const ids = [...new Set(lines.flatMap((line) => [line.userId, line.byUserId]))].filter((id) => id !== null);
  const users = await db().user.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });
  const emails = new Map(users.map(({ id, email }) => [id, email]));
  const email = (id: string | null) => (id ? (emails.get(id) ?? words.t("ledger.deletedAccount")) : null);

  const entries = lines.map((line) => {
    const { userId, byUserId } = line;
    const who = { by: whoDidForOthers(line), userId, user: email(userId), byUserId, byUser: email(byUserId) };
    return { ...entry(line, words), ...who };
  });
  return { entries, next };
}

/** A condition about entries as a reader of these words sees them. */
type Condition = { matches: (entry: Entry) => boolean; words: Words };

/**
 * All of a user's entries for a file, or those that meet a condition, newest first, in batches of at most a thousand.
 * Files are in English. Throws an Outage.
 */
export function allActivity(
  userId: string,
  range: Omit<Range, "before">,
  condition: Condition | null = null,
): AsyncGenerator<Entry[]> {
  return allPages(async (before) => {
    const { lines, next } = await findLines(userId, { ...range, before }, 1000);
    const meant = condition ? lines.filter((line) => meets(line, condition)) : lines;
    return { entries: meant.map((line) => ownEntry(line, ENGLISH)), next };
  });
}

function meets(line: Line, { matches, words }: Condition): boolean {
  return matches(withPlace(ownEntry(line, words), words));
}

/** Like `allActivity`, for all users or for one, as administrators see them. With `after`, only entries newer than that line. */
export function allFullActivity(userId: string | null, filter: LineFilter, after = 0n): AsyncGenerator<FullEntry[]> {
  return allPages((before) => readFullActivity(userId, { ...filter, before, after }, ENGLISH, 1000));
}

async function* allPages<T>(read: (before: bigint | null) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let before: bigint | null = null;
  do {
    const { entries, next } = await read(before);
    yield entries;
    before = next ? BigInt(next) : null;
  } while (before);
}

/** The cursor in a query parameter, or null. */
export function parseCursor(text: unknown): bigint | null {
  return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : null;
}

function entry(line: Line, words: Words): Entry {
  const { browser, system } = readBrowser(line.userAgent);
  return {
    id: line.id,
    at: line.at.toISOString(),
    kind: kindOf(line.event),
    event: line.event,
    reason: line.reason,
    what: describe(line, words),
    by: whoDid(line),
    note: line.note,
    browser: line.userAgent ? browser : null,
    system,
    address: line.ipAddress,
  };
}

function withPlace<E extends Entry | FullEntry>(entry: E, words: Words): E {
  const place = describePlace(entry.address, words);
  return place ? { ...entry, place } : entry;
}

function whoDid(line: Line): Entry["by"] {
  const { event, userId, byUserId } = line;
  if (isByAdministrator(line)) return "an administrator";
  if (byUserId) return byUserId === userId ? "you" : "somebody else";
  return event === "session_expired" ? "Latchkey" : "somebody";
}

function whoDidForOthers(line: Line): FullEntry["by"] {
  const { note, userId, byUserId } = line;
  if (!byUserId && note !== null) return "the command line";
  const by = whoDid(line);
  return by === "you" || (byUserId && byUserId === userId) ? "the user" : by;
}

/** Endings that another user can cause without rights over the account: by using the same browser. */
const OF_ANYBODY = ["replaced", "logged-out"];

/**
 * Whether an administrator did it. The user whom it concerns does not see where administrators are.
 * Administrators give a reason (`note`); on the command line they have no account.
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

/** The maximum number of a user's newest lines among which to look for a log-in. */
const LOOKED_AT = 1000;

/** When a user last logged in, by the newest lines; null if none of them says so. Throws an Outage. */
export async function lastLogIn(userId: string): Promise<Date | null> {
  const [line] = await db().$queryRaw<{ at: Date }[]>`
    SELECT at FROM (SELECT * FROM ledger WHERE user_id = ${userId}::uuid ORDER BY user_id DESC, id DESC LIMIT ${LOOKED_AT}) AS l
     WHERE event IN ('authn_login_success', 'authn_login_successafterfail') AND reason IS DISTINCT FROM 'confirm'
     ORDER BY id DESC LIMIT 1`;
  return line?.at ?? null;
}
