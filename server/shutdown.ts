import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "@/lib/terminal";
import { STOP } from "./worker-channel";

/** How long the current step may take to finish after a signal to stop, in milliseconds. */
const STEP = 3000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Signal = (typeof SIGNALS)[number];
type Stop = () => void | Promise<void>;
type Work<T> = (onStop: (stop: Stop) => void, stop: AbortSignal) => Promise<T>;

/**
 * Runs `work`, waits for a signal to stop, runs the functions given to `onStop`, and exits.
 *
 * The last function given runs first. When `work` throws, they run at once, and the error
 * is thrown again.
 */
export async function untilStopped(work: Work<void>): Promise<void> {
  await stopping(async (onStop, stop) => {
    await work(onStop, stop);
    if (!stop.aborted) await once(stop, "abort");
  });
  process.exit();
}

/**
 * Runs `work`, then the functions given to `onStop`, and returns the result of `work`.
 *
 * The last function given runs first. A signal to stop ends `work` early, and then the
 * process.
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
    // The signal came during a step, which may have started something that has to be stopped.
    aborting.abort();
    await Promise.race([working.catch(() => {}), pause(STEP)]);
    return first;
  } finally {
    for (let stop = stops.shift(); stop; stop = stops.shift()) {
      // When one fails, the others still run.
      await Promise.resolve().then(stop).catch(console.error);
    }
    forget();
  }
}

/**
 * Waits for the first signal to stop. Ignores further signals until `forget` is called.
 *
 * A Ctrl-C arrives twice: from the terminal, and passed on by npm. Without a listener,
 * the second signal would end the process at once.
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
    // The terminal or pipe may be closed. A failed write must not interrupt the shutdown.
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
 * Calls `stop` when our parent process has ended. The returned function stops watching.
 *
 * npm runs us through a shell, which a signal kills without being passed on to us.
 */
function onOrphaned(stop: () => void): () => void {
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && stop(), 200);
  watch.unref();
  return () => clearInterval(watch);
}
