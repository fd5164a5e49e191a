import { db } from "@/lib/db";
import { readBrowser } from "@/lib/session/browser";
import type { Prisma } from "@/prisma/client/client";

/** Kinds of lines that a person may want to see alone, with the events of each. */
const KINDS = {
  "sign-ins": ["authn_login_success", "authn_login_successafterfail"],
  failures: ["authn_login_fail", "authn_login_fail_max"],
  endings: ["session_expired"],
  changes: ["authn_password_change", "user_created", "user_updated", "user_deleted"],
};

export type Kind = keyof typeof KINDS;

/** The kind that an address asks for, or null for all. */
export function parseKind(text: unknown): Kind | null {
  return typeof text === "string" && Object.hasOwn(KINDS, text) ? (text as Kind) : null;
}

/** A line of the ledger as the person that it concerns reads it. */
export type Entry = {
  id: string;
  /** As ISO 8601. */
  at: string;
  kind: Kind;
  event: string;
  what: string;
  /** Who did it. */
  by: "you" | "somebody" | "an administrator" | "Latchkey";
  browser: string | null;
  system: string | null;
  address: string | null;
};

const COLUMNS = {
  id: true,
  at: true,
  event: true,
  reason: true,
  byUserId: true,
  userAgent: true,
  ipAddress: true,
} as const;

type Line = Prisma.LedgerLineGetPayload<{ select: typeof COLUMNS }>;

/** Entries on one page. */
const PAGE = 50;

/** A user's entries, newest first, from below the line `before`; with the cursor of the next page, if there is one. Throws an Outage. */
export async function listActivity(
  userId: string,
  { kind, before }: { kind: Kind | null; before: bigint | null },
  size = PAGE,
): Promise<{ entries: Entry[]; next: string | null }> {
  const lines = await db().ledgerLine.findMany({
    where: {
      userId,
      event: { in: kind ? KINDS[kind] : Object.values(KINDS).flat() },
      // To enter the password again is no sign-in.
      ...(kind === "sign-ins" && { OR: [{ reason: null }, { reason: { not: "confirm" } }] }),
      ...(before && { id: { lt: before } }),
    },
    orderBy: { id: "desc" },
    take: size + 1,
    select: COLUMNS,
  });
  const entries = lines.slice(0, size).map((line) => entry(line, userId));
  return { entries, next: lines.length > size ? (entries.at(-1)?.id ?? null) : null };
}

/** All of a user's entries, newest first, a thousand at a time. Throws an Outage. */
export async function* allActivity(userId: string, kind: Kind | null): AsyncGenerator<Entry[]> {
  let before: bigint | null = null;
  do {
    const { entries, next }: Awaited<ReturnType<typeof listActivity>> = await listActivity(
      userId,
      { kind, before },
      1000,
    );
    yield entries;
    before = next ? BigInt(next) : null;
  } while (before);
}

/** The cursor that an address names, or null. */
export function parseCursor(text: unknown): bigint | null {
  return typeof text === "string" && /^\d{1,18}$/.test(text) ? BigInt(text) : null;
}

export type Day = { day: string; signIns: number; failures: number };

/** How often a user has logged in and failed to, for each of the last 30 days, by UTC, oldest first. Throws an Outage. */
export async function countByDay(userId: string): Promise<Day[]> {
  return db().$queryRaw<Day[]>`
    SELECT to_char(day, 'YYYY-MM-DD') AS day,
           count(*) FILTER (WHERE l.event = ANY(${KINDS["sign-ins"]}::text[]) AND l.reason IS DISTINCT FROM 'confirm')::int AS "signIns",
           count(*) FILTER (WHERE l.event = ANY(${KINDS.failures}::text[]))::int AS failures
      FROM generate_series(date_trunc('day', now() AT TIME ZONE 'UTC') - interval '29 days', now() AT TIME ZONE 'UTC', interval '1 day') AS day
      LEFT JOIN ledger l ON l.user_id = ${userId}::uuid AND l.at >= day AT TIME ZONE 'UTC'
                        AND l.at < (day + interval '1 day') AT TIME ZONE 'UTC'
     GROUP BY day ORDER BY day`;
}

function entry(line: Line, userId: string): Entry {
  const { browser, system } = readBrowser(line.userAgent);
  return {
    id: String(line.id),
    at: line.at.toISOString(),
    kind: kindOf(line.event),
    event: line.event,
    what: describe(line),
    by: whoDid(line, userId),
    browser: line.userAgent ? browser : null,
    system,
    address: line.ipAddress,
  };
}

function kindOf(event: string): Kind {
  const [kind] = Object.entries(KINDS).find(([, events]) => events.includes(event)) ?? ["changes"];
  return kind as Kind;
}

function whoDid({ event, byUserId }: Line, userId: string): Entry["by"] {
  if (byUserId === userId) return "you";
  if (byUserId) return "an administrator";
  return event === "session_expired" ? "Latchkey" : "somebody";
}

const SIGN_INS: Record<string, string> = {
  "new-browser": "Signed in from a new browser",
  "sign-up": "Signed in for the first time",
  confirm: "Entered the password again",
};

const ENDINGS: Record<string, string> = {
  "logged-out": "Logged out",
  revoked: "Signed a browser out",
  idle: "A session ended unused",
  expired: "A session ended of age",
  "password-changed": "A session ended with the old password",
  disabled: "A session ended with the account",
  "by-admin": "A session was ended",
  "over-limit": "A session ended to make room",
  replayed: "A session ended, its cookie used in two places",
};

const CHANGES: Record<string, string> = {
  name: "Changed the name",
  email: "Changed the email address",
  "email-restored": "Took the email address back",
};

function describe({ event, reason }: Line): string {
  const about = reason ?? "";
  switch (event) {
    case "authn_login_success":
      return SIGN_INS[about] ?? "Signed in";
    case "authn_login_successafterfail":
      return about === "new-browser" ? "Signed in from a new browser, after failures" : "Signed in, after failures";
    case "authn_login_fail":
      return about === "confirm" ? "Entered a wrong password again" : "Failed to sign in";
    case "authn_login_fail_max":
      return "Failed to sign in for the hundredth time in a row";
    case "authn_password_change":
      return about === "reset" ? "Chose a new password by mail" : "Changed the password";
    case "session_expired":
      return ENDINGS[about] ?? "A session ended";
    case "user_created":
      return "Made the account";
    case "user_updated":
      return CHANGES[about] ?? "Changed the account";
    default:
      return event;
  }
}
