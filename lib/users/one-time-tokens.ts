import { deleteRows } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { type Database, db, type Statements } from "@/lib/db";
import { DAY, MINUTE } from "@/lib/env";
import type { Amr } from "@/lib/session/amr";
import { SECOND_STEP } from "@/lib/session/cookie";
import { sessionStore } from "@/lib/session/store";
import { hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

// Tokens that work once. Most are sent in the link of an email, hence the name of their
// table: "links".

/** The purposes of a token, and how long each token lasts, in milliseconds. */
const LIFETIMES = {
  "sign-up": DAY,
  "change-email": DAY,
  reset: 30 * MINUTE,
  "not-me": 7 * DAY,
  /** Lets the owner of an account that an administrator created choose its password. */
  invitation: 3 * DAY,
  /** In a form, not an email: proves that the password was right while the user chooses which session to end. */
  choose: 5 * MINUTE,
  /** In a cookie: proves that the password was right while the user takes the second step. */
  "second-step": SECOND_STEP,
  /** For users who have lost every second factor: see lib/users/recoveries. */
  "confirm-recovery": 30 * MINUTE,
  /** Longer than the time until the next daily email brings another one. */
  "cancel-recovery": 7 * DAY,
  "finish-recovery": 3 * DAY,
};

export type OneTimeTokenKind = keyof typeof LIFETIMES;

type OneTimeToken = {
  /** Kind and object, such as `reset:` and a user's id. A newer token replaces one with the same subject. */
  subject: string;
  /** The address that the token was created for. */
  email: string;
  userId: string | null;
  sessionHandle: string | null;
  name: string | null;
  passwordHash: string | null;
  /** For a log-in: what the user has proved so far. */
  amr: Amr[];
  /** For a log-in that a factor has proved: how often the user's factors had changed by then. */
  factorVersion: number | null;
};

type NewToken = { kind: OneTimeTokenKind; about: string; email: string } & Partial<
  Pick<OneTimeToken, "userId" | "sessionHandle" | "name" | "passwordHash" | "amr" | "factorVersion">
>;

/**
 * The token in the query of a link, or null if it is incomplete. Email programs append
 * characters that follow an address (`>`, `.`, `)`), and some repeat the token. A letter
 * or digit right after a token makes it invalid.
 */
export function tokenIn(query: string | string[] | undefined): string | null {
  const tokens = [query ?? []].flat().map((text) => /^\s*([\w-]{43})(?![a-z\d])/i.exec(text)?.[1]);
  return tokens.find((token) => token !== undefined) ?? null;
}

/**
 * Creates a token and returns it; only its hash is stored. It replaces an earlier token
 * of the same kind and `about`. For tokens that anyone can request, `about` is the id of
 * the email, so that an attacker's request does not replace the owner's token. If the
 * user has been deleted meanwhile, nothing is stored and the token does not work.
 */
export async function createOneTimeToken(
  { kind, about, email, ...rest }: NewToken,
  tx: Database = db(),
): Promise<string> {
  const token = newToken();
  const {
    userId = null,
    sessionHandle = null,
    name = null,
    passwordHash = null,
    amr = [],
    factorVersion = null,
  } = rest;
  // Times come from the database's clock, which also decides when the token expires.
  await tx.$executeRaw`
    INSERT INTO links (subject, token_hash, email, user_id, session_handle, name, password_hash, amr, factor_version, expires_at)
    SELECT ${`${kind}:${about}`}, ${hashToken(token)}, ${email}, ${userId}::uuid, ${sessionHandle}::uuid, ${name}, ${passwordHash},
           ${amr}::text[], ${factorVersion}::int, now() + make_interval(secs => ${LIFETIMES[kind] / 1000})
     WHERE ${userId}::uuid IS NULL OR EXISTS (SELECT FROM users WHERE id = ${userId}::uuid FOR KEY SHARE)
    ON CONFLICT (subject) DO UPDATE
       SET token_hash = excluded.token_hash, email = excluded.email, user_id = excluded.user_id,
           session_handle = excluded.session_handle, name = excluded.name, password_hash = excluded.password_hash,
           amr = excluded.amr, factor_version = excluded.factor_version, expires_at = excluded.expires_at`;
  return token;
}

/** The stored data of a token, or null if it has another kind, has expired or is spent. Throws an Outage. */
export async function findOneTimeToken(token: string, ...kinds: OneTimeTokenKind[]): Promise<OneTimeToken | null> {
  const [link] = await db().$queryRaw<OneTimeToken[]>`SELECT ${COLUMNS} FROM links WHERE ${usable(token, kinds)}`;
  return link ?? null;
}

/** The email address of a token, even of one that has expired but was not swept yet. Throws an Outage. */
export async function emailOfOneTimeToken(token: string, kind: OneTimeTokenKind): Promise<string | null> {
  const link = await db().link.findFirst({
    where: { tokenHash: hashToken(token), subject: { startsWith: `${kind}:` } },
    select: { email: true },
  });
  return link?.email ?? null;
}

/** Spends a token and returns its stored data, or null. If two callers spend it at once, one gets null. */
export async function spendOneTimeToken(
  tx: Statements,
  token: string,
  ...kinds: OneTimeTokenKind[]
): Promise<OneTimeToken | null> {
  const [link] = await tx.$queryRaw<
    OneTimeToken[]
  >`DELETE FROM links WHERE ${usable(token, kinds)} RETURNING ${COLUMNS}`;
  return link ?? null;
}

/**
 * Spends a token of a locked user, and returns whether it was good: only one that was sent to the user's present address.
 * An email that was being composed while the address changed has a token for the former one.
 */
export async function spendTokenOf(
  tx: Statements,
  { id, email }: { id: string; email: string },
  token: string,
  ...kinds: OneTimeTokenKind[]
): Promise<boolean> {
  const spent = await spendOneTimeToken(tx, token, ...kinds);
  return spent?.userId === id && spent.email === email;
}

/**
 * Withdraws the links that could change an account: those already sent, and a change of
 * address whose email is still queued. "This was not me" links stay, or a thief could
 * take them from the owner.
 */
export async function withdrawLinks(tx: Database, userId: string): Promise<void> {
  await tx.link.deleteMany({ where: { userId, NOT: { subject: { startsWith: "not-me:" } } } });
  await withdrawEmailChange(tx, userId);
}

/** Withdraws a requested change of address: its link, and its email if that is still queued. */
export async function withdrawEmailChange(tx: Database, userId: string): Promise<void> {
  const { count } = await tx.user.updateMany({
    where: { id: userId, pendingEmail: { not: null } },
    data: { pendingEmail: null, pendingUntil: null },
  });
  if (count > 0) await sessionStore().changed(tx, userId);
  await tx.link.deleteMany({ where: { subject: `change-email:${userId}` } });
  await tx.mail.deleteMany({ where: { kind: "change-email", details: { path: ["userId"], equals: userId } } });
}

/** Withdraws all sign-up links for this address, once it has an account. */
export async function withdrawSignUps(tx: Database, email: string): Promise<void> {
  await tx.link.deleteMany({ where: { email, subject: { startsWith: "sign-up:" } } });
}

/** Remembers a requested change of address until its link expires. */
export async function rememberEmailChange(tx: Database, userId: string, email: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE users SET pending_email = ${email}, pending_until = now() + make_interval(secs => ${LIFETIMES["change-email"] / 1000})
     WHERE id = ${userId}::uuid`;
  await sessionStore().changed(tx, userId);
}

/**
 * Withdraws every "this was not me" link that was sent after this one: the earlier recipient is
 * more likely the owner.
 */
export async function withdrawLater(tx: Database, { userId, subject }: OneTimeToken): Promise<void> {
  // Their subjects end in the ids of the emails, which increase with time (UUID version 7).
  await tx.link.deleteMany({ where: { userId, subject: { startsWith: "not-me:", gt: subject } } });
  // An incident email that is still queued would bring a new link.
  await tx.mail.deleteMany({ where: { kind: "incident", details: { path: ["userId"], equals: userId ?? "" } } });
}

/** A stored token as its user may see it. */
type ListedToken = {
  kind: OneTimeTokenKind;
  email: string;
  sessionHandle: string | null;
  amr: string[];
  createdAt: Date;
  expiresAt: Date;
};

/** The tokens that are stored for a user, without the tokens themselves, the next to expire first. Throws an Outage. */
export async function listOneTimeTokens(userId: string): Promise<ListedToken[]> {
  const links = await db().link.findMany({
    where: { userId },
    select: { subject: true, email: true, sessionHandle: true, amr: true, expiresAt: true },
    orderBy: { expiresAt: "asc" },
  });
  return links.map(({ subject, ...link }) => {
    const kind = kindOf({ subject });
    return { kind, ...link, createdAt: new Date(link.expiresAt.getTime() - lifetimeOf(kind)) };
  });
}

/** Deletes expired tokens. Returns how many. */
export async function sweepLinks(): Promise<number> {
  return deleteRows(Prisma.sql`links`, Prisma.sql`expires_at <= now()`);
}

/** The number of tokens that a sweep would delete, counted up to `COUNTED`. */
export async function countSpentLinks(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM links WHERE expires_at <= now()`);
}

/** How long a token of this kind works, in milliseconds. */
export function lifetimeOf(kind: OneTimeTokenKind): number {
  return LIFETIMES[kind];
}

/** The kind of a token. */
export function kindOf({ subject }: Pick<OneTimeToken, "subject">): OneTimeTokenKind {
  return subject.slice(0, subject.indexOf(":")) as OneTimeTokenKind;
}

const COLUMNS = Prisma.sql`subject, email, user_id AS "userId", session_handle AS "sessionHandle", name, password_hash AS "passwordHash", amr, factor_version AS "factorVersion"`;

function usable(token: string, kinds: OneTimeTokenKind[]): Prisma.Sql {
  return Prisma.sql`token_hash = ${hashToken(token)} AND split_part(subject, ':', 1) = ANY(${kinds}::text[]) AND expires_at > now()`;
}
