import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "@/lib/terminal";
import { STOP } from "./worker-channel";

/** How long a step that is under way may take to finish after a signal to stop, in milliseconds. */
const STEP = 3000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Signal = (typeof SIGNALS)[number];
type Stop = () => void | Promise<void>;
type Work<T> = (onStop: (stop: Stop) => void, stop: AbortSignal) => Promise<T>;

/**
 * Does `work`, waits for a signal, and then does what was given to `onStop`, last
 * first. When the work fails it does so at once, and throws.
 */
export async function untilStopped(work: Work<void>): Promise<void> {
  await stopping(async (onStop, stop) => {
    await work(onStop, stop);
    if (!stop.aborted) await once(stop, "abort");
  });
  process.exit();
}

/**
 * Does `work` and returns what it returned, once what was given to `onStop` is
 * done, last first. A signal ends the work early, and the process after that.
 */
export async function unlessStopped<T>(work: Work<T>): Promise<T> {
  const outcome = await stopping(work);
  if ("result" in outcome) return outcome.result;
  process.exit(process.exitCode ?? 128 + constants.signals[outcome.signal]);
}

async function stopping<T>(work: Work<T>): Promise<{ result: T } | { signal: Signal }> {
  const stops: Stop[] = [];
  const aborting = new AbortController();
  const { signal, forget } = listenForSignals();
  const working = work((stop) => {
    stops.unshift(stop);
    if (aborting.signal.aborted) throw new UserError("Stopped while starting.");
  }, aborting.signal).then((result) => ({ result }));

  try {
    const first = await Promise.race([working, signal]);
    if ("result" in first) return first;
    // Told to stop during a step, which may leave something to be stopped.
    aborting.abort();
    return await Promise.race([working.catch(() => first), pause(STEP, first)]);
  } finally {
    for (let stop = stops.shift(); stop; stop = stops.shift()) {
      // Whatever one leaves undone, the others are done.
      await Promise.resolve().then(stop).catch(console.error);
    }
    forget();
  }
}

/**
 * The first signal to stop. Those that follow are heard until `forget` is called,
 * and change nothing: npm passes on a Ctrl-C that the terminal has sent to us as
 * well, and a signal that nobody listens to would end the process at once.
 */
function listenForSignals(): { signal: Promise<{ signal: Signal }>; forget(): void } {
  const forgetting: (() => void)[] = [];
  const signal = new Promise<{ signal: Signal }>((resolve) => {
    const listen = (emitter: NodeJS.EventEmitter, event: string, listener: (...args: unknown[]) => void) => {
      emitter.on(event, listener);
      forgetting.push(() => emitter.off(event, listener));
    };
    for (const name of SIGNALS) listen(process, name, () => resolve({ signal: name }));
    listen(process, "message", (message) => message === STOP && resolve({ signal: "SIGTERM" }));
    // A terminal that was closed, or a pipe that nobody reads: what cannot be printed keeps nothing from being stopped.
    for (const stream of [process.stdout, process.stderr]) listen(stream, "error", () => {});
    if (process.env.npm_lifecycle_event) forgetting.push(onOrphaned(() => resolve({ signal: "SIGHUP" })));
  });
  return {
    signal,
    forget() {
      for (const each of forgetting) each();
    },
  };
}

/**
 * Calls `stop` when our parent is gone, until the returned function is called: npm
 * puts a shell between itself and us, which dies of a signal without passing it on.
 */
function onOrphaned(stop: () => void): () => void {
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), 200);
  watch.unref();
  return () => clearInterval(watch);
}
