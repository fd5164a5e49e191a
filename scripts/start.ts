import { setTimeout as pause } from "node:timers/promises";
import { env } from "@/lib/env";
import { build } from "./build";
import { Refusal, step } from "./console";
import { bringEmbedded } from "./embedded";
import { applyMigrations } from "./migrate";
import { requirePort, serve } from "./server";

/** So long, in milliseconds, a step that is under way may take to come to its end when all is to stop. */
const STEP = 3000;

type Stop = () => void | Promise<void>;

export async function main(): Promise<void> {
  await start({ dev: false });
}

/**
 * Does everything that it takes to serve the application, and serves it until
 * it is told to stop. Without `DATABASE_URL` it brings a Postgres of its own,
 * with a demo account in it.
 */
export async function start({ dev }: { dev: boolean }): Promise<void> {
  await untilStopped(async (onStop, stop) => {
    const embedded = process.env.DATABASE_URL?.trim() ? null : await bringEmbedded(onStop);
    for (const port of [env().PORT, env().MANAGEMENT_PORT]) if (port) await requirePort(port);
    await step("Database migrated", () => applyMigrations(env().DATABASE_URL));
    const makeDemo = embedded?.makeDemoAccount;
    const demo = makeDemo ? await step("Demo account ready", makeDemo) : null;
    if (!dev) await build({ stop });

    await step("Application started", async () => onStop((await serve({ dev })).close));
    console.log(`\n  Latchkey   ${env().APP_URL.origin}`);
    if (demo) console.log(`  Log in     ${demo.email}\n  Password   ${demo.password}`);
    if (!env().SMTP_URL) console.log(`  Mail       ${whereMailGoes()}`);
    console.log("  Stop       Ctrl-C\n");
  });
}

/** What becomes of mail where no server is named to send it with. */
function whereMailGoes(): string {
  const { APP_URL, OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  return OUTBOX_SHOWN ? `${APP_URL.origin}/outbox` : `kept in ${OUTBOX_FOLDER}, and not sent: set SMTP_URL`;
}

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
