import { countOldBrowsers, sweepKnownBrowsers } from "@/lib/auth/device";
import { countOldChallenges, sweepChallenges } from "@/lib/auth/passkeys/challenges";
import { countShownSecrets, renewSecrets, sweepShownSecrets } from "@/lib/auth/totp/store";
import { env } from "@/lib/env";
import { countOldDays, sweepDaily } from "@/lib/ledger/daily";
import { countOldHours, sweepHourly } from "@/lib/ledger/hourly";
import { countRetention, keepRetention } from "@/lib/ledger/retention";
import { log } from "@/lib/log";
import { sessionStore } from "@/lib/session/store";
import { countOldTries, sweepThrottles } from "@/lib/throttle/store";
import { countSpentLinks, sweepLinks } from "@/lib/users/one-time-tokens";
import { countOverRecoveries, sweepRecoveries } from "@/lib/users/recoveries";

/** All sweeps. Each runs by itself, so that a failure does not stop the others. */
const SWEEPS = {
  sessions: () => sessionStore().sweep(),
  links: sweepLinks,
  challenges: sweepChallenges,
  browsers: sweepKnownBrowsers,
  secrets: sweepShownSecrets,
  recoveries: sweepRecoveries,
  throttles: sweepThrottles,
  ledger: keepRetention,
  counts: sweepHourly,
  days: sweepDaily,
};

/** What each sweep would delete at present. */
const COUNTS = {
  sessions: () => sessionStore().countExpired(),
  links: countSpentLinks,
  challenges: countOldChallenges,
  browsers: countOldBrowsers,
  secrets: countShownSecrets,
  recoveries: countOverRecoveries,
  throttles: countOldTries,
  ledger: countRetention,
  counts: countOldHours,
  days: countOldDays,
} satisfies Record<keyof typeof SWEEPS, unknown>;

export type Swept = { [Name in keyof typeof SWEEPS]: Awaited<ReturnType<(typeof SWEEPS)[Name]>> };

/**
 * Deletes everything that has expired, and returns how much of each. Throws the first failure,
 * after all sweeps have run.
 */
export async function sweepAll(): Promise<Swept> {
  const swept: Record<string, unknown> = {};
  const failures: unknown[] = [];
  for (const [name, sweepOne] of Object.entries(SWEEPS)) {
    await sweepOne().then(
      (outcome) => Object.assign(swept, { [name]: outcome }),
      (error) => failures.push(error),
    );
  }
  // Not a deletion, but the same routine: secrets that an older SESSION_SECRET encrypts get the newest one.
  await renewSecrets().catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
  return swept as Swept;
}

/**
 * How much of each a sweep would delete at present. Apart from sessions, counts stop above
 * `COUNTED`. Throws an Outage.
 */
export async function countAll(): Promise<Swept> {
  const counted: Record<string, unknown> = {};
  for (const [name, count] of Object.entries(COUNTS)) counted[name] = await count();
  return counted as Swept;
}

/**
 * Sweeps at intervals, until the returned function is called. The intervals are random, so that
 * instances do not sweep at the same moment.
 */
export function scheduleSweeps(): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(async () => {
      // The next sweep finds whatever this one leaves.
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

/** A random time between half and one and a half times as long. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
