import { countRows } from "@/lib/capped-count";
import { type Database, db } from "@/lib/db";
import { DAY, MINUTE } from "@/lib/env";
import { hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";

/** What a link in a mail is for, and how long it can be used, in milliseconds. */
const LIFETIMES = {
  "sign-up": DAY,
  "change-email": DAY,
  reset: 30 * MINUTE,
  "not-me": 7 * DAY,
  /** For the owner of an account that somebody else made: to choose its password. */
  invitation: 3 * DAY,
  /** No mail: the proof that a password was right, while somebody chooses which session makes room. */
  choose: 5 * MINUTE,
};

export type OneTimeTokenKind = keyof typeof LIFETIMES;

type OneTimeToken = {
  /** What it changes: `reset:` and a user's id. */
  subject: string;
  /** The address that it was sent to. */
  email: string;
  userId: string | null;
  sessionHandle: string | null;
  name: string | null;
  passwordHash: string | null;
};

type NewLink = { kind: OneTimeTokenKind; about: string; email: string } & Partial<
  Pick<OneTimeToken, "userId" | "sessionHandle" | "name" | "passwordHash">
>;

/**
 * The token in the query of a link, or null for one that is not whole. Mail
 * programs take along what follows an address (`>`, `.`, `)`), and some query has
 * its token twice. No token has another letter or digit behind it.
 */
export function tokenIn(query: string | string[] | undefined): string | null {
  const tokens = [query ?? []].flat().map((text) => /^\s*([\w-]{43})(?![a-z\d])/i.exec(text)?.[1]);
  return tokens.find((token) => token !== undefined) ?? null;
}

/**
 * Makes a link and returns its token, which is kept nowhere else. It replaces
 * an earlier one of the same kind about the same. What strangers may ask for is
 * about the mail that brings it: their link stands beside the owner's. For a user
 * who has been deleted meanwhile it is worth nothing.
 */
export async function createOneTimeToken(
  { kind, about, email, ...rest }: NewLink,
  tx: Database = db(),
): Promise<string> {
  const token = newToken();
  const { userId = null, sessionHandle = null, name = null, passwordHash = null } = rest;
  // By the database's clock, which also decides when it is over.
  await tx.$executeRaw`
    INSERT INTO links (subject, token_hash, email, user_id, session_handle, name, password_hash, expires_at)
    SELECT ${`${kind}:${about}`}, ${hashToken(token)}, ${email}, ${userId}::uuid, ${sessionHandle}::uuid, ${name}, ${passwordHash},
           now() + make_interval(secs => ${LIFETIMES[kind] / 1000})
     WHERE ${userId}::uuid IS NULL OR EXISTS (SELECT FROM users WHERE id = ${userId}::uuid FOR KEY SHARE)
    ON CONFLICT (subject) DO UPDATE
       SET token_hash = excluded.token_hash, email = excluded.email, user_id = excluded.user_id,
           session_handle = excluded.session_handle, name = excluded.name, password_hash = excluded.password_hash,
           expires_at = excluded.expires_at`;
  return token;
}

/** The link with this token, if it is of one of these kinds and can still be used, or null. Looking spends nothing. Throws an Outage. */
export async function findOneTimeToken(token: string, ...kinds: OneTimeTokenKind[]): Promise<OneTimeToken | null> {
  const [link] = await db().$queryRaw<OneTimeToken[]>`SELECT ${COLUMNS} FROM links WHERE ${usable(token, kinds)}`;
  return link ?? null;
}

/** Spends the link with this token and returns it, or null. Of two who spend it at once, one gets it. */
export async function spendOneTimeToken(
  tx: Database,
  token: string,
  ...kinds: OneTimeTokenKind[]
): Promise<OneTimeToken | null> {
  const [link] = await tx.$queryRaw<
    OneTimeToken[]
  >`DELETE FROM links WHERE ${usable(token, kinds)} RETURNING ${COLUMNS}`;
  return link ?? null;
}

/**
 * Takes back what is under way to change an account: links that were sent, and
 * one that is still to be. "This was not me" stays: else a thief could take it
 * from the owner.
 */
export async function withdrawLinks(tx: Database, userId: string): Promise<void> {
  await tx.link.deleteMany({ where: { userId, NOT: { subject: { startsWith: "not-me:" } } } });
  await withdrawEmailChange(tx, userId);
}

/** Takes back a change of address that was asked for: its link, and the mail if that is still to be sent. */
export async function withdrawEmailChange(tx: Database, userId: string): Promise<void> {
  await tx.user.updateMany({
    where: { id: userId, pendingEmail: { not: null } },
    data: { pendingEmail: null, pendingUntil: null },
  });
  await tx.link.deleteMany({ where: { subject: `change-email:${userId}` } });
  await tx.mail.deleteMany({ where: { kind: "change-email", details: { path: ["userId"], equals: userId } } });
}

/** Takes back every other link by which an account with this address could be made: there is one now. */
export async function withdrawSignUps(tx: Database, email: string): Promise<void> {
  await tx.link.deleteMany({ where: { email, subject: { startsWith: "sign-up:" } } });
}

/** Remembers a change of address that was asked for, until its link can no longer be used. */
export async function rememberEmailChange(tx: Database, userId: string, email: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE users SET pending_email = ${email}, pending_until = now() + make_interval(secs => ${LIFETIMES["change-email"] / 1000})
     WHERE id = ${userId}::uuid`;
}

/** Takes back the "this was not me" that was sent after this one: who answered the earlier mail knows better whose the account is. */
export async function withdrawLater(tx: Database, { userId, subject }: OneTimeToken): Promise<void> {
  // Their numbers are those of the mails, which count up with time (UUID version 7).
  await tx.link.deleteMany({ where: { userId, subject: { startsWith: "not-me:", gt: subject } } });
  // One that is still to be sent would bring such a link along.
  await tx.mail.deleteMany({ where: { kind: "incident", details: { path: ["userId"], equals: userId ?? "" } } });
}

/** Deletes the links that can no longer be used. Returns how many. */
export async function sweepLinks(): Promise<number> {
  return db().$executeRaw`DELETE FROM links WHERE expires_at <= now()`;
}

/** How many such a sweep would delete; more than `COUNTED` are not counted. */
export async function countSpentLinks(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM links WHERE expires_at <= now()`);
}

/** How long a link of this kind can be used, in milliseconds. */
export function lifetimeOf(kind: OneTimeTokenKind): number {
  return LIFETIMES[kind];
}

/** What kind of link this is. */
export function kindOf({ subject }: OneTimeToken): OneTimeTokenKind {
  return subject.slice(0, subject.indexOf(":")) as OneTimeTokenKind;
}

const COLUMNS = Prisma.sql`subject, email, user_id AS "userId", session_handle AS "sessionHandle", name, password_hash AS "passwordHash"`;

function usable(token: string, kinds: OneTimeTokenKind[]): Prisma.Sql {
  return Prisma.sql`token_hash = ${hashToken(token)} AND split_part(subject, ':', 1) = ANY(${kinds}::text[]) AND expires_at > now()`;
}
