// Fills tables to the size that they reach after years.

import type { Connection } from "@/lib/connection";
import { withConnection } from "@/testing/copy-database";

/** The number of sessions per user. */
const EACH = 10;

/** The token of a session that `fillSessions` has created. It follows from the number, so no token has to be stored. */
export function tokenOf(session: number): string {
  return String(session).padStart(43, "0");
}

/**
 * Adds the sessions with these numbers and their users, then updates Postgres's statistics.
 * With `areOver`, the sessions have not been used for eight days.
 */
export async function fillSessions({ from, to, areOver }: { from: number; to: number; areOver: boolean }) {
  await withClient(async (client) => {
    // Checking foreign keys and updating indexes for each row would take ten times as long.
    await client.query(
      "SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off",
    );
    const restore = to - from > 100_000 ? await dropIndexes(client) : [];
    await client.query(
      `INSERT INTO users (id, email, name, password_hash)
       SELECT md5(n::text)::uuid, 'filled' || n || '@example.com', 'Bench', 'none' FROM generate_series($1::int, $2::int) n
       ON CONFLICT DO NOTHING`,
      [Math.floor(from / EACH), Math.floor(to / EACH)],
    );
    await client.query(
      `INSERT INTO sessions (token_hash, handle, mark, user_id, user_agent, ip_address, last_ip_address, created_at, last_seen_at,
                             confirmed_until)
       SELECT sha256(lpad(n::text, 43, '0')::bytea), gen_random_uuid(), sha256(n::text::bytea), md5((n / ${EACH})::text)::uuid,
              'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '127.0.0.1', '127.0.0.1',
              CASE WHEN $3 THEN now() - interval '20 days' - random() * interval '9 days' ELSE now() END,
              CASE WHEN $3 THEN now() - interval '8 days' ELSE now() END,
              -- Revoking a session needs a recent password.
              now() + interval '1 day'
         FROM generate_series($1::int, $2::int) n`,
      [from, to, areOver],
    );
    for (const sql of restore) await client.query(sql);
    await client.query("VACUUM (ANALYZE) users; ");
    await client.query("VACUUM (ANALYZE) sessions");
    await client.query("CHECKPOINT");
  });
}

/** Deletes everything that `fillSessions` has added. */
export async function emptySessions(): Promise<void> {
  await withClient(async (client) => {
    await client.query("DELETE FROM users WHERE email LIKE 'filled%'");
  });
}

/** Counts the remaining sessions of `fillSessions`. */
export async function countFilled(): Promise<number> {
  return withClient(async (client) => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS count FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email LIKE 'filled%'",
    );
    return rows[0].count;
  });
}

/** Runs `work` with a connection without timeouts. */
export async function withClient<T>(work: (client: Connection) => Promise<T>): Promise<T> {
  return withConnection(String(process.env.DATABASE_URL), work);
}

/** Drops the indexes of the sessions table. Returns the statements that recreate them. */
async function dropIndexes(client: Connection): Promise<string[]> {
  const { rows } = await client.query<{ index: string; definition: string; named: string | null; kept: string | null }>(
    `SELECT i.indexrelid::regclass::text AS index, pg_get_indexdef(i.indexrelid) AS definition, c.conname AS named,
            pg_get_constraintdef(c.oid) AS kept
       FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
      WHERE i.indrelid = 'sessions'::regclass`,
  );
  for (const { index, named } of rows)
    await client.query(named ? `ALTER TABLE sessions DROP CONSTRAINT ${named}` : `DROP INDEX ${index}`);
  return rows.map(({ definition, named, kept }) =>
    named ? `ALTER TABLE sessions ADD CONSTRAINT ${named} ${kept}` : definition,
  );
}
