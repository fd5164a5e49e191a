import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { closeCopies } from "@/lib/session/store/redis/fences";
import type { AdminAction } from "@/lib/users/administration";

/**
 * Ends every session that began until `until`, and every link in an email, because the database was restored:
 * some of them had ended or were used after the backup. Then accepts the database, so that instances use
 * it again. Returns how many sessions and links there were.
 *
 * Throws an Outage. Then instances still refuse the database, and the caller can run it again.
 */
export async function endAfterRestore(until: Date, by: AdminAction): Promise<{ ended: number; links: number }> {
  // Then no ending has to reach Redis.
  await closeCopies();
  const ended = await sessionStore().endSelected({ until }, "restored", by);
  const links = await transaction(async (tx) => {
    const { count } = await tx.link.deleteMany();
    return count;
  });
  await acceptDatabase();
  return { ended, links };
}

/** Accepts the database where Postgres has it now, with its sessions in place of any copies in Redis. Throws an Outage. */
export async function acceptDatabase(): Promise<void> {
  await closeCopies();
  await db().$executeRaw`
    INSERT INTO origin (identity) VALUES (database_identity())
        ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, at = now()`;
}
