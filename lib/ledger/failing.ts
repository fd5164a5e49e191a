import { prepared } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** The maximum number of failed log-ins to look at, so that the page is fast in an attack. */
const LOOKED_AT = 10_000;

/** An address, with its failed log-ins and the number of accounts that they were for. */
export type FailingAddress = { address: string; failures: number; accounts: number };

/**
 * The addresses with the most failed log-ins in the last 24 hours, at most `most`. Of a flood, the newest failures
 * count. Throws an Outage.
 */
export async function findFailingAddresses(most = 5): Promise<FailingAddress[]> {
  return prepared<FailingAddress>(
    "find_failing_addresses",
    Prisma.sql`
      SELECT host(ip_address) AS address, count(*)::int AS failures, count(DISTINCT user_id)::int AS accounts
        FROM (SELECT l.ip_address, l.user_id
                FROM unnest(ARRAY['authn_login_fail', 'authn_login_fail_max']) AS e (event)
               CROSS JOIN LATERAL (
                 SELECT ip_address, user_id, at FROM ledger
                  WHERE (event, at) > (e.event, now() - interval '24 hours') AND (event, at) <= (e.event, now())
                  ORDER BY event DESC, at DESC LIMIT ${LOOKED_AT}) AS l
               ORDER BY l.at DESC LIMIT ${LOOKED_AT}) AS newest
       WHERE ip_address IS NOT NULL
       GROUP BY ip_address ORDER BY failures DESC, ip_address LIMIT ${most}`,
  );
}
