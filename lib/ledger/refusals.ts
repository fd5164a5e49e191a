import { db } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { type Actor, LONGEST_USER_AGENT } from "./store";

/** The maximum number of lines per hour for a user's refusals: enough to notice, too few to drown the ledger. */
const LINES_PER_HOUR = 20;

/**
 * Records that a user requested something that they may not access (OWASP ASVS 16.3.2). `what`
 * names the part of the site, and nothing that the user typed. Throws an Outage.
 */
export async function recordRefusal(
  { user, session }: Actor,
  what: string,
  { userAgent, ipAddress }: Client,
): Promise<void> {
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, by_user_id, session_handle, detail, ip_address, user_agent)
    SELECT 'authz_fail', ${user.id}::uuid, ${user.id}::uuid, ${session.handle}::uuid, ${what},
           ${ipAddress}::inet, ${userAgent?.slice(0, LONGEST_USER_AGENT) ?? null}
     WHERE (SELECT count(*) FROM ledger l
             WHERE l.user_id = ${user.id}::uuid AND l.event = 'authz_fail' AND l.at > now() - interval '1 hour') < ${LINES_PER_HOUR}`;
}
