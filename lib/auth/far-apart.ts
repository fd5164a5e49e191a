import type { Statements } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { type Point, placeOf } from "@/lib/http/place";
import { earlierTravels, recentUses, type Travel, type Use } from "@/lib/ledger/travel";
import type { Started } from "@/lib/session/store/contract";

// A log-in from a place that its user could not reach from where the account was used before. It may be a thief, or a VPN.
// So the owner is asked, and the log-in is not refused.

/** Faster than airliners fly, in kilometres per hour. */
const SPEED = 900;

/** Below this distance a place may simply be wrong, in kilometres. */
const LEAST = 300;

/** How much a place may differ when it is looked up again, in kilometres. */
const SAME = 100;

/** A travel, and the address from which the account was used before. */
export type FarApart = Travel & { from: string };

/** When and from where the sessions that there were before a log-in were last used. */
function usesOf({ before }: Pick<Started, "before">): Use[] {
  return before.flatMap(({ lastIpAddress, lastSeenAt, now }) =>
    lastIpAddress ? [{ address: lastIpAddress, ago: now.getTime() - lastSeenAt.getTime() }] : [],
  );
}

/**
 * The latest use of the account from which its user could not have reached the place of `ipAddress` since. Null if there is
 * none, and for pairs of places that the user has been asked about within 30 days. `starting` starts the session in the
 * same transaction. Throws an Outage.
 */
export async function findFarApart(
  tx: Statements,
  userId: string,
  ipAddress: string | null,
  starting: Promise<Pick<Started, "before">>,
): Promise<FarApart | null> {
  const here = placeOf(ipAddress)?.point;
  if (!here) return null;

  const [recent, started] = await Promise.all([recentUses(tx, userId), starting]);
  const all = [...usesOf(started), ...recent].sort((a, b) => a.ago - b.ago);
  const tooFar = all.flatMap(({ address, ago }) => {
    const point = placeOf(address)?.point;
    return point && isTooFar(here, point, ago) ? [{ from: address, point, ...travelOf(here, point, ago) }] : [];
  });
  if (tooFar.length === 0) return null;

  const earlier = await earlierTravels(tx, userId);
  const isKnown = ({ point, kilometres }: { point: Point } & Travel) =>
    earlier.some((one) => {
      const end = placeOf(one.address)?.point;
      const isNear = end && [here, point].some((each) => kilometresBetween(each, end) <= SAME);
      return isNear && Math.abs(one.kilometres - kilometres) <= 2 * SAME;
    });
  const found = tooFar.find((one) => !isKnown(one));
  return found ? { from: found.from, kilometres: found.kilometres, minutes: found.minutes } : null;
}

/** Whether no airliner flies from one place to the other in this time, in milliseconds. Places are only as exact as their radius. */
export function isTooFar(here: Point, there: Point, time: number): boolean {
  const kilometres = kilometresBetween(here, there) - here.radius - there.radius;
  return kilometres >= LEAST && kilometres > (SPEED * time) / HOUR;
}

function travelOf(here: Point, there: Point, time: number): Travel {
  const minutes = Math.max(1, Math.ceil(time / MINUTE));
  return {
    kilometres: Math.round(kilometresBetween(here, there)),
    // From two hours on, users read whole hours.
    minutes: minutes < 120 ? minutes : Math.ceil(minutes / 60) * 60,
  };
}

/** The mean radius of the earth, in kilometres. */
const EARTH = 6371;

/** The distance along a great circle, by the haversine formula. */
export function kilometresBetween(one: Pick<Point, "latitude" | "longitude">, other: typeof one): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [from, to] = [radians(one.latitude), radians(other.latitude)];
  const haversine = (angle: number) => Math.sin(angle / 2) ** 2;
  const a = haversine(to - from) + Math.cos(from) * Math.cos(to) * haversine(radians(other.longitude - one.longitude));
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(a)));
}
