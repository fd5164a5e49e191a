import { countRows } from "@/lib/capped-count";
import { db } from "@/lib/db";
import { HASH_PATTERN } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { normaliseEmail, parseDomain } from "@/lib/text/email";
import { oneLine } from "@/lib/text/plain-text";
import { Prisma, type Role } from "@/prisma/client/client";

/** A user as an administrator sees them. */
export type ListedUser = {
  id: string;
  email: string;
  name: string;
  role: Role;
  disabledAt: Date | null;
  createdAt: Date;
  /** The number of stored sessions, including expired ones that have not been swept yet; null when only another process can tell. */
  sessions: number | null;
  /** When the most recently used of these sessions was used; null without sessions. */
  lastSeenAt: Date | null;
};

export type UserFilter = {
  /** A part of the email or name, in any spelling: see the migration "folded_search". */
  search?: string | undefined;
  role?: Role | undefined;
  state?: "active" | "disabled" | undefined;
};

/** All users that match, the newest account first, in batches of a thousand. Throws an Outage. */
export async function* allUsers(filter: UserFilter): AsyncGenerator<ListedUser[]> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listUsers>> = await listUsers(filter, after, 1000);
    yield page.users;
    after = page.next;
  } while (after);
}

/** What a list of users can be sorted by. Each order has an index, in which users with equal values follow their ids. */
const ORDERS = {
  // Ids increase with time (UUID version 7), so their index is in order of age.
  created: Prisma.sql`u.id`,
  email: Prisma.sql`u.email`,
  // As in every language's dictionaries, whatever the database's locale.
  name: Prisma.sql`u.name COLLATE "und-x-icu"`,
};

export type UserOrder = { by: keyof typeof ORDERS; isDescending: boolean };

/** The order in a query parameter, such as "name", or "-name" from Z to A. By default, the newest account is first. */
export function parseUserOrder(text: unknown): UserOrder {
  const [, minus, by = ""] = /^(-?)(\w+)$/.exec(String(text ?? "")) ?? [];
  return Object.hasOwn(ORDERS, by) ? { by: by as UserOrder["by"], isDescending: minus === "-" } : NEWEST_FIRST;
}

const NEWEST_FIRST: UserOrder = { by: "created", isDescending: true };

/** A page of users after the user with the id `after`, and where the next page begins. Throws an Outage. */
export async function listUsers(
  filter: UserFilter,
  after: string | null,
  size = 50,
  order = NEWEST_FIRST,
): Promise<{ users: ListedUser[]; next: string | null }> {
  const direction = order.isDescending ? Prisma.sql`DESC` : Prisma.sql`ASC`;
  const conditions = [...conditionsOf(filter), ...(after ? [await follows(after, order)] : [])];
  const rows = await select(
    Prisma.sql`${where(conditions)} ORDER BY ${ORDERS[order.by]} ${direction}, u.id ${direction} LIMIT ${size + 1}`,
  );
  const users = rows.slice(0, size);
  return { users, next: rows.length > size ? (users.at(-1)?.id ?? null) : null };
}

/** The condition that a user comes after the user with this id. If that user no longer exists, all users do. */
async function follows(after: string, { by, isDescending }: UserOrder): Promise<Prisma.Sql> {
  const is = isDescending ? Prisma.sql`<` : Prisma.sql`>`;
  if (by === "created") return Prisma.sql`u.id ${is} ${after}::uuid`;
  const last = await db().user.findUnique({ where: { id: after }, select: { name: true, email: true } });
  return last ? Prisma.sql`(${ORDERS[by]}, u.id) ${is} (${last[by]}, ${after}::uuid)` : Prisma.sql`true`;
}

/** The number of users that match, counted up to `COUNTED`. Throws an Outage. */
export async function countListed(filter: UserFilter): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM users u ${where(conditionsOf(filter))}`);
}

/** The user with this id or email, or null. Throws an Outage. */
export async function findListedUser(idOrEmail: string): Promise<ListedUser | null> {
  const id = idOrEmail.trim().toLowerCase();
  const [user] = await select(
    isUserId(id) ? Prisma.sql`WHERE u.id = ${id}::uuid` : Prisma.sql`WHERE u.email = ${normaliseEmail(idOrEmail)}`,
  );
  return user ?? null;
}

/**
 * The users whom a text means: the one with this id or email, otherwise those with it in their name or email, at most
 * `most`. `hasMore` says whether there are more of these. Throws an Outage.
 */
export async function findMeant(text: string, most = 5): Promise<{ users: ListedUser[]; hasMore: boolean }> {
  const one = await findListedUser(text);
  if (one) return { users: [one], hasMore: false };
  const { users, next } = await listUsers({ search: text }, null, most);
  return { users, hasMore: next !== null };
}

/** Whether a text has the form of a user's id. */
export function isUserId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** The number of users, of administrators and of disabled users. Throws an Outage. */
export async function countUsers(): Promise<{ all: number; administrators: number; disabled: number }> {
  const [counts] = await db().$queryRaw<{ all: number; administrators: number; disabled: number }[]>`
    SELECT count(*)::int AS all, count(*) FILTER (WHERE role = 'admin')::int AS administrators,
           count(*) FILTER (WHERE disabled_at IS NOT NULL)::int AS disabled
      FROM users`;
  return counts ?? { all: 0, administrators: 0, disabled: 0 };
}

/** Whether there is an administrator who can log in. Throws an Outage. */
export async function hasAdministrator(): Promise<boolean> {
  return (await db().user.count({ where: { role: "admin", disabledAt: null }, take: 1 })) > 0;
}

/** The number of password hashes in an unknown format, counted up to `COUNTED`. Throws an Outage. */
export async function countUnusablePasswords(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM users WHERE password_hash !~ ${HASH_PATTERN}`);
}

function where(conditions: Prisma.Sql[]): Prisma.Sql {
  return conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, " AND ")}` : Prisma.empty;
}

function conditionsOf({ search, role, state }: UserFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  if (search?.trim()) conditions.push(contains(spelled(search)));
  if (role) conditions.push(Prisma.sql`u.role = ${role}::role`);
  if (state) conditions.push(Prisma.sql`(u.disabled_at IS NULL) = ${state === "active"}`);
  return conditions;
}

/** A search in the spelling that accounts are stored in: its domain may have been typed in ASCII (Punycode). */
function spelled(search: string): string {
  return oneLine(
    /[@＠]/.test(search)
      ? normaliseEmail(search)
      : search.replace(/\S*xn--\S*/gi, (domain) => parseDomain(domain) ?? domain),
  );
}

/** The condition that a user's `search` column contains this text. Wildcards in the text have no effect. */
function contains(text: string): Prisma.Sql {
  const wanted = Prisma.sql`folded(${text})`;
  const literal = Prisma.sql`regexp_replace(${wanted}, '([\\\\%_])', '\\\\\\1', 'g')`;
  // A single character has no pairs. Testing for them would read every user's.
  const hasPairs = Prisma.sql`(length(${wanted}) < 2 OR pairs(u.search) @> pairs(${wanted}))`;
  return Prisma.sql`(${hasPairs} AND u.search LIKE '%' || ${literal} || '%')`;
}

async function select(rest: Prisma.Sql): Promise<ListedUser[]> {
  const users = await db().$queryRaw<Omit<ListedUser, "sessions" | "lastSeenAt">[]>`
    SELECT u.id, u.email, u.name, u.role::text, u.disabled_at AS "disabledAt", u.created_at AS "createdAt"
      FROM users u ${rest}`;
  const use = await sessionStore().useOf(users.map(({ id }) => id));
  const none = { sessions: use ? 0 : null, lastSeenAt: null };
  return users.map((user) => ({ ...user, ...(use?.get(user.id) ?? none) }));
}
