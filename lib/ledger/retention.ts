import { inBatches } from "@/lib/batches";
import { countRows } from "@/lib/capped-count";
import { type Database, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";

/** The length of shortened addresses, in bits. They identify a network, but not a household. */
const KEPT_BITS = { v4: 24, v6: 48 };

/**
 * Deletes lines older than `LEDGER_LIFETIME`, and shortens addresses older than
 * `LEDGER_ADDRESS_LIFETIME`. Returns how many of each.
 */
export async function keepRetention(): Promise<{ deleted: number; shortened: number }> {
  return {
    deleted: await rewrite(
      (tx, most) => tx.$executeRaw`DELETE FROM ledger WHERE id IN (${tooOld()} ORDER BY at LIMIT ${most})`,
    ),
    shortened: await rewrite(
      (tx, most) => tx.$executeRaw`
        UPDATE ledger
           SET ip_address = network(set_masklen(ip_address, CASE family(ip_address) WHEN 4 THEN ${KEPT_BITS.v4}::int ELSE ${KEPT_BITS.v6}::int END))
         WHERE id IN (${withOldAddress()} ORDER BY at LIMIT ${most})`,
    ),
  };
}

/** How many lines that would delete and shorten, up to the limit of `countRows`. One line may count for both. */
export async function countRetention(): Promise<{ deleted: number; shortened: number }> {
  return { deleted: await countRows(tooOld()), shortened: await countRows(withOldAddress()) };
}

function tooOld(): Prisma.Sql {
  return Prisma.sql`SELECT id FROM ledger WHERE at < now() - make_interval(secs => ${env().LEDGER_LIFETIME / 1000})`;
}

/** Lines with an unshortened address that is due to be shortened. */
function withOldAddress(): Prisma.Sql {
  return Prisma.sql`
    SELECT id FROM ledger
     WHERE ip_address IS NOT NULL AND masklen(ip_address) = CASE family(ip_address) WHEN 4 THEN 32 ELSE 128 END
       AND at < now() - make_interval(secs => ${env().LEDGER_ADDRESS_LIFETIME / 1000})`;
}

/** Removes personal data from a user's lines: addresses, browsers, and the notes of administrators. The events stay. */
export async function forgetPerson(tx: Database, userId: string): Promise<void> {
  await allowRetention(tx);
  await tx.$executeRaw`
    UPDATE ledger SET ip_address = NULL, user_agent = NULL, note = NULL
     WHERE user_id = ${userId}::uuid AND (ip_address IS NOT NULL OR user_agent IS NOT NULL OR note IS NOT NULL)`;
}

async function rewrite(work: (tx: Database, most: number) => Promise<number>): Promise<number> {
  return inBatches((most) =>
    transaction(async (tx) => {
      await allowRetention(tx);
      return work(tx, most);
    }),
  );
}

/** Lets this transaction apply retention. Otherwise, a trigger refuses every change to the ledger. */
async function allowRetention(tx: Database): Promise<void> {
  await tx.$executeRaw`SET LOCAL latchkey.retention = 'on'`;
}
