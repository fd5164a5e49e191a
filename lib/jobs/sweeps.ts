import { countOldBrowsers, sweepKnownBrowsers } from "@/lib/auth/device";
import { env } from "@/lib/env";
import { countOldDays, sweepDaily } from "@/lib/ledger/daily";
import { countOldHours, sweepHourly } from "@/lib/ledger/hourly";
import { countRetention, keepRetention } from "@/lib/ledger/retention";
import { log } from "@/lib/log";
import { sessionStore } from "@/lib/session/store";
import { countOldTries, sweepThrottles } from "@/lib/throttle/store";
import { countSpentLinks, sweepLinks } from "@/lib/users/one-time-tokens";

/** What is swept, each by itself: one that fails keeps no other from being done. */
const SWEEPS = {
  sessions: () => sessionStore().sweep(),
  links: sweepLinks,
  browsers: sweepKnownBrowsers,
  throttles: sweepThrottles,
  ledger: keepRetention,
  counts: sweepHourly,
  days: sweepDaily,
};

/** What each of them would come to now. */
const COUNTS = {
  sessions: () => sessionStore().countExpired(),
  links: countSpentLinks,
  browsers: countOldBrowsers,
  throttles: countOldTries,
  ledger: countRetention,
  counts: countOldHours,
  days: countOldDays,
} satisfies Record<keyof typeof SWEEPS, unknown>;

export type Swept = { [Name in keyof typeof SWEEPS]: Awaited<ReturnType<(typeof SWEEPS)[Name]>> };

/** Deletes everything that is over, and returns how much of each. Throws the first failure, when all have been tried. */
export async function sweepAll(): Promise<Swept> {
  const swept: Record<string, unknown> = {};
  const failures: unknown[] = [];
  for (const [name, sweepOne] of Object.entries(SWEEPS)) {
    await sweepOne().then(
      (outcome) => Object.assign(swept, { [name]: outcome }),
      (error) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return swept as Swept;
}

/** How much of each a sweep would delete now. Of all but sessions more than `COUNTED` are not counted. Throws an Outage. */
export async function countAll(): Promise<Swept> {
  const counted: Record<string, unknown> = {};
  for (const [name, count] of Object.entries(COUNTS)) counted[name] = await count();
  return counted as Swept;
}

/** Sweeps from time to time until it is told to stop. Many instances do not do it at the same moment. */
export function scheduleSweeps(): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(async () => {
      // What is over stays over, so whatever one sweep leaves the next one finds.
      await sweepAll().catch((error) => log().error({ err: error }, "The sweep did not finish"));
      schedule();
    }, jittered(env().SWEEP_INTERVAL));
    timer.unref();
  };
  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Half to one and a half times as long. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
