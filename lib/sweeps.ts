import { sweepKnownBrowsers } from "./auth/known-browser";
import { sweepThrottles } from "./auth/throttle";
import { env } from "./env";
import { keepRetention } from "./ledger/retention";
import { sweep } from "./session/sweep";
import { sweepLinks } from "./users/links";

/** Deletes everything that is over, and returns how much of each. Throws an Outage; what was done by then stays done. */
export async function sweepAll() {
  const sessions = await sweep();
  const links = await sweepLinks();
  const browsers = await sweepKnownBrowsers();
  const throttles = await sweepThrottles();
  return { sessions, links, browsers, throttles, ...(await keepRetention()) };
}

/** Sweeps from time to time until it is told to stop. Many instances do not do it at the same moment. */
export function scheduleSweeps(): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(async () => {
      // What is over stays over, so whatever one sweep leaves the next one finds.
      await sweepAll().catch((error) => console.error("The sweep did not finish:", error));
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
