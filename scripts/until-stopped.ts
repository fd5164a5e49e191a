import { setTimeout as pause } from "node:timers/promises";
import { Refusal } from "./console";
import { STOP } from "./questions";

/** So long, in milliseconds, a step that is under way may take to come to its end when all is to stop. */
const STEP = 3000;

type Stop = () => void | Promise<void>;

/**
 * Does `work`, waits for SIGINT or SIGTERM, and then does what was given to
 * `onStop`, last first. When the work fails it does so at once, and throws.
 */
export async function untilStopped(
  work: (onStop: (stop: Stop) => void, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const stops: Stop[] = [];
  const stopping = new AbortController();
  const signal = new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
    process.on("message", (message) => message === STOP && resolve());
    if (process.env.npm_lifecycle_event) onOrphaned(resolve);
  });

  const working = work((stop) => {
    stops.unshift(stop);
    if (stopping.signal.aborted) throw new Refusal("Stopped while starting.");
  }, stopping.signal);

  try {
    await Promise.race([working.then(() => signal), signal]);
    // Told to stop during a step of the start-up, which may leave something to be stopped.
    stopping.abort();
    await Promise.race([working.catch(() => {}), pause(STEP)]);
  } finally {
    for (let stop = stops.shift(); stop; stop = stops.shift()) {
      // Whatever one leaves undone, the others are done.
      await Promise.resolve().then(stop).catch(console.error);
    }
  }
  process.exit();
}

/** npm puts a shell between itself and us, which dies of a signal without passing it on: then our parent changes. */
function onOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), 200);
  watch.unref();
}
