import { countRows } from "@/lib/capped-count";
import { type Database, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import { Prisma } from "@/prisma/client/client";

/** Lines changed per transaction. */
const BATCH = 1000;

/** The length of shortened addresses, in bits. They identify a network, but not a household. */
const KEPT_BITS = { v4: 24, v6: 48 };

/**
 * Deletes lines older than `LEDGER_LIFETIME`, and shortens addresses older than
 * `LEDGER_ADDRESS_LIFETIME`. Returns how many of each.
 */
export async function keepRetention(): Promise<{ deleted: number; shortened: number }> {
  return {
    deleted: await inBatches(
      (tx) => tx.$executeRaw`DELETE FROM ledger WHERE id IN (${tooOld()} ORDER BY at LIMIT ${BATCH})`,
    ),
    shortened: await inBatches(
      (tx) => tx.$executeRaw`
        UPDATE ledger
           SET ip_address = network(set_masklen(ip_address, CASE family(ip_address) WHEN 4 THEN ${KEPT_BITS.v4}::int ELSE ${KEPT_BITS.v6}::int END))
         WHERE id IN (${withOldAddress()} ORDER BY at LIMIT ${BATCH})`,
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

async function inBatches(work: (tx: Database) => Promise<number>): Promise<number> {
  const changed = await transaction(async (tx) => {
    await allowRetention(tx);
    return work(tx);
  });
  return changed < BATCH ? changed : changed + (await inBatches(work));
}

/** Lets this transaction apply retention. Otherwise, a trigger refuses every change to the ledger. */
async function allowRetention(tx: Database): Promise<void> {
  await tx.$executeRaw`SET LOCAL latchkey.retention = 'on'`;
}
