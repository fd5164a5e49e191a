import type { Statements } from "@/lib/db";

// Log-ins from two places too far apart, as the ledger records them. The line has the address of the log-in. Of the other
// place it has only how far away it is: a detail is never personal data.

/** Two uses of one account: how far apart their places are, and the time between them. */
export type Travel = { kilometres: number; minutes: number };

/** A travel as the detail of a line. */
export function travelText({ kilometres, minutes }: Travel): string {
  return `${kilometres} km in ${minutes} min`;
}

/** The travel in the detail of a line, or null. */
export function parseTravel(detail: string | null): Travel | null {
  const [, kilometres, minutes] = /^(\d{1,5}) km in (\d{1,4}) min$/.exec(detail ?? "") ?? [];
  return kilometres && minutes ? { kilometres: Number(kilometres), minutes: Number(minutes) } : null;
}

/** A distance, in kilometres, as exact as places are: "8,900". */
export function roundly(kilometres: number): number {
  return Math.round(kilometres / 100) * 100;
}

/** The use of an account, from an address, and how long ago it was, in milliseconds. */
export type Use = { address: string; ago: number };

/** The maximum number of lines to read. */
const LATEST = 50;

/** What a user did within the last day, in any session, newest first. Throws an Outage. */
export async function recentUses(tx: Statements, userId: string): Promise<Use[]> {
  return tx.$queryRaw<Use[]>`
    SELECT host(l.ip_address) AS address, (extract(epoch FROM now() - l.at) * 1000)::float AS ago
      FROM ledger l
     -- The key of the index as a whole, as in findLines.
     WHERE (l.user_id, l.at, l.id) >= (${userId}::uuid, now() - interval '1 day', 0)
       AND (l.user_id, l.at, l.id) < (${userId}::uuid, 'infinity'::timestamptz, 9223372036854775807)
       AND l.by_user_id = l.user_id AND l.ip_address IS NOT NULL
     ORDER BY l.user_id DESC, l.at DESC, l.id DESC LIMIT ${LATEST}`;
}

/**
 * The travels of which we notified a user in the last 30 days, with the address of each log-in. None from before the
 * last change of the password: that log-in may have been a thief's. Throws an Outage.
 */
export async function earlierTravels(tx: Statements, userId: string): Promise<(Travel & { address: string })[]> {
  const lines = await tx.$queryRaw<{ event: string; detail: string | null; address: string | null }[]>`
    SELECT l.event, l.detail, host(l.ip_address) AS address
      FROM unnest('{authn_impossible_travel,authn_password_change}'::text[]) AS e (event)
     CROSS JOIN LATERAL (
       SELECT * FROM ledger l
        WHERE (l.user_id, l.event, l.at, l.id) >= (${userId}::uuid, e.event, now() - interval '30 days', 0)
          AND (l.user_id, l.event, l.at, l.id) < (${userId}::uuid, e.event, 'infinity'::timestamptz, 9223372036854775807)
        ORDER BY l.user_id DESC, l.event DESC, l.at DESC, l.id DESC LIMIT ${LATEST}) AS l
     ORDER BY l.at DESC, l.id DESC`;
  const change = lines.findIndex(({ event }) => event === "authn_password_change");
  return lines.slice(0, change < 0 ? undefined : change).flatMap(({ detail, address }) => {
    const travel = parseTravel(detail);
    return travel && address ? [{ ...travel, address }] : [];
  });
}
