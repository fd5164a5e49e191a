import { prepared, type Statements } from "@/lib/db";
import { type FoundRow, OF_USER } from "@/lib/session/store/postgres/find";
import { Prisma } from "@/prisma/client/client";
import type { Row } from "./rows";

type StoredUser = Omit<FoundRow, keyof Row> & { userId: string; disabledLine: number };

/**
 * SQL for the ledger line that last disabled a user `u`; 0 for none. Another process that disables a user can't
 * end sessions here, but it writes this line. So they end for good, even if the user is enabled again.
 */
export const DISABLED_LINE = Prisma.sql`
  coalesce((SELECT max(l.id) FROM ledger l
             WHERE l.user_id = u.id AND l.event = 'user_updated' AND l.reason = 'disabled'), 0)::float8`;

export type Users = Map<string, StoredUser>;

/** The users with these ids as they are now, by id. Throws an Outage. */
export async function usersOf(rows: Pick<Row, "userId">[], tx?: Statements): Promise<Users> {
  const ids = [...new Set(rows.map(({ userId }) => userId))];
  if (ids.length === 0) return new Map();
  const statement = Prisma.sql`
    SELECT ${OF_USER}, ${DISABLED_LINE} AS "disabledLine" FROM users u WHERE u.id = ANY(${ids}::uuid[])`;
  const users = await (tx ? tx.$queryRaw<StoredUser[]>(statement) : prepared<StoredUser>("find_users", statement));
  return new Map(users.map((user) => [user.userId, user]));
}

/** The user of a session, unless the user is gone or was disabled since the session began. */
export function ownerOf({ userId, disabledLine }: Row, users: Users): StoredUser | null {
  const user = users.get(userId);
  return user && user.disabledLine <= disabledLine ? user : null;
}
