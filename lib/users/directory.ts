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
  /** How many sessions are kept, including those that are over by their age and not swept yet. */
  sessions: number;
  /** When the last of these was used; null without any. */
  lastSeenAt: Date | null;
};

export type UserFilter = {
  /** A part of the email or of the name, in whatever spelling: see the migration "folded_search". */
  search?: string | undefined;
  role?: Role | undefined;
  state?: "active" | "disabled" | undefined;
};

/** Users, the newest account first, from after the one with the id `after`; and where the next page begins. Throws an Outage. */
export async function listUsers(
  filter: UserFilter,
  after: string | null,
  size = 50,
): Promise<{ users: ListedUser[]; next: string | null }> {
  const conditions = conditionsOf(filter);
  if (after) conditions.push(Prisma.sql`u.id < ${after}::uuid`);
  const where = conditions.length > 0 ? Prisma.sql`WHERE ${Prisma.join(conditions, " AND ")}` : Prisma.empty;

  // Ids count up with time (UUID version 7), so their index is one by age.
  const rows = await select(Prisma.sql`${where} ORDER BY u.id DESC LIMIT ${size + 1}`);
  const users = rows.slice(0, size);
  return { users, next: rows.length > size ? (users.at(-1)?.id ?? null) : null };
}

/** The user with this id or this email, or null. Throws an Outage. */
export async function findListedUser(idOrEmail: string): Promise<ListedUser | null> {
  const id = idOrEmail.trim().toLowerCase();
  const [user] = await select(
    isUserId(id) ? Prisma.sql`WHERE u.id = ${id}::uuid` : Prisma.sql`WHERE u.email = ${normaliseEmail(idOrEmail)}`,
  );
  return user ?? null;
}

/** Whether a text is an id as users have them. */
export function isUserId(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text);
}

/** How many users there are, and how many of them are what. Throws an Outage. */
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

/** How many accounts have a password hash of an unknown form, up to `COUNTED`; any larger number means "more". Throws an Outage. */
export async function countUnusablePasswords(): Promise<number> {
  return countRows(Prisma.sql`SELECT FROM users WHERE password_hash !~ ${HASH_PATTERN}`);
}

function conditionsOf({ search, role, state }: UserFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  if (search?.trim()) conditions.push(contains(spelled(search)));
  if (role) conditions.push(Prisma.sql`u.role = ${role}::role`);
  if (state) conditions.push(Prisma.sql`(u.disabled_at IS NULL) = ${state === "active"}`);
  return conditions;
}

/** A search as accounts are spelled: in it, a domain may stand in ASCII. */
function spelled(search: string): string {
  return oneLine(
    /[@＠]/.test(search)
      ? normaliseEmail(search)
      : search.replace(/\S*xn--\S*/gi, (domain) => parseDomain(domain) ?? domain),
  );
}

/** Whether a user's `search` has this text in it. What was typed is no pattern. */
function contains(text: string): Prisma.Sql {
  const wanted = Prisma.sql`folded(${text})`;
  const literal = Prisma.sql`regexp_replace(${wanted}, '([\\\\%_])', '\\\\\\1', 'g')`;
  return Prisma.sql`(pairs(u.search) @> pairs(${wanted}) AND u.search LIKE '%' || ${literal} || '%')`;
}

async function select(rest: Prisma.Sql): Promise<ListedUser[]> {
  const users = await db().$queryRaw<Omit<ListedUser, "sessions" | "lastSeenAt">[]>`
    SELECT u.id, u.email, u.name, u.role::text, u.disabled_at AS "disabledAt", u.created_at AS "createdAt"
      FROM users u ${rest}`;
  const use = await sessionStore().useOf(users.map(({ id }) => id));
  return users.map((user) => ({ ...user, ...(use.get(user.id) ?? { sessions: 0, lastSeenAt: null }) }));
}
