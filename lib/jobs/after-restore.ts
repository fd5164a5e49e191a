import { distrustAllBrowsers } from "@/lib/auth/device";
import { deleteRows } from "@/lib/batches";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { closeCopies } from "@/lib/session/store/redis/fences";
import type { AdminAction } from "@/lib/users/administration";
import { restartRecoveries } from "@/lib/users/recoveries";
import { Prisma } from "@/prisma/client/client";

/**
 * Ends whatever may have ended or been used after the backup from which the database was restored: every session that
 * began until `until`, every link in an email, every email that waits to be sent, every challenge of a passkey, and the
 * trust in every browser. Recoveries begin their delay anew, because some may have been stopped. Then accepts the
 * database, so that instances use it again. Returns how many sessions and links there were.
 *
 * Throws an Outage. Then instances still refuse the database, and the caller can run it again.
 */
export async function endAfterRestore(until: Date, by: AdminAction): Promise<{ ended: number; links: number }> {
  // Then no ending has to reach Redis.
  await closeCopies();
  const ended = await sessionStore().endSelected({ until }, "restored", by);
  const links = await deleteRows(Prisma.sql`links`);
  await deleteRows(Prisma.sql`mails`);
  await deleteRows(Prisma.sql`challenges`);
  await distrustAllBrowsers();
  await restartRecoveries();
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
