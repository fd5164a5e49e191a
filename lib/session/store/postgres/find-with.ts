import type DataLoader from "dataloader";
import { asJson, type InJson, namingOutages } from "@/lib/db";
import type { AboutUser, FoundWith } from "@/lib/session/store/contract";
import { hashToken, type TokenHash } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { activeSession, batched, listed, type Row, rowsWith, type SessionRow, sessionsOf } from "./find";

type ListedRow = SessionRow & { now: Date };

type RowWith = Row & { sessions: InJson<ListedRow>[]; about: unknown };

/** The session with this token, its user's sessions, and a value about the user: see SessionStore. Throws an Outage. */
export async function findWith<Value>(token: string, about: AboutUser): Promise<FoundWith<Value> | null> {
  const row = await namingOutages(() => loader(about).load(hashToken(token)));
  if (!row) return null;
  const { now, sessions, about: value, ...found } = row;
  return {
    found: activeSession(found, now),
    listed: listed(sessions.map(withTimes), found.role, now),
    about: value as Value,
  };
}

const loaders = new Map<string, DataLoader<TokenHash, RowWith | undefined>>();

function loader({ name, sql }: AboutUser): DataLoader<TokenHash, RowWith | undefined> {
  const [user, handle] = [Prisma.sql`u.id`, Prisma.sql`s.handle`];
  const more = Prisma.sql`, ${asJson(sessionsOf(user))} AS sessions, ${sql(user, handle)} AS about`;
  const known = loaders.get(name) ?? batched((hashes) => rowsWith<RowWith>(`find_sessions_with_${name}`, hashes, more));
  loaders.set(name, known);
  return known;
}

/** A session from JSON, which has its times as text. */
function withTimes(row: InJson<ListedRow>): ListedRow {
  return {
    ...row,
    confirmedAt: new Date(row.confirmedAt),
    confirmedUntil: new Date(row.confirmedUntil),
    createdAt: new Date(row.createdAt),
    lastSeenAt: new Date(row.lastSeenAt),
    boundAt: row.boundAt === null ? null : new Date(row.boundAt),
    now: new Date(row.now),
  };
}
