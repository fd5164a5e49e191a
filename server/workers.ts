// Runs one instance as several processes that share a port. The primary process serves
// no visitors: it starts, watches, replaces and stops the workers.

import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import { env, MINUTE } from "@/lib/env";
import { log } from "@/lib/log";
import { type Figures, textOf } from "@/lib/metrics";
import { UserError } from "@/lib/terminal";
import { Management, serveManagement } from "@/server/health/endpoints";
import type { NotReadyReason } from "@/server/health/readiness";
import type { ReplicationWarning } from "@/server/health/replication";
import type { HealthStatus } from "@/server/health/status";
import { requirePort } from "./listen";
import { converse, STOP } from "./worker-channel";

/** How long to wait before replacing a process that ended, in milliseconds. Gives up when all waits are used and no process is up. */
const WAITS = [0, 1000, 2000, 5000, 10_000];

/** A process that runs for this long, in milliseconds, has started well: earlier failures are forgotten. */
const STEADY = MINUTE;

/** How long the processes may take to finish after `DRAIN_DELAY`, in milliseconds. */
const LIMIT = 9500;

type Process = { worker: Worker; ask: ReturnType<typeof converse>; isUp: boolean };

/** Loads the server's code, which is slow the first time. */
export const loadServer = () => import("./");

/** Serves on `PORT` in `INSTANCES` processes. With `dev`, serves the sources in this process. See `serve`. */
export async function serveInProcesses({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  if (!dev && env().INSTANCES > 1 && cluster.isPrimary) return new Processes().start();
  // Loaded late: the primary process does not need it.
  const { serve } = await loadServer();
  return serve({ dev });
}

class Processes {
  private readonly running = new Set<Process>();
  private readonly management = new Management(this.status());
  private isStopping = false;
  private isStarted = false;
  private deaths = 0;

  /** Resolves when all processes are up. Throws a UserError when one cannot be started. */
  async start(): Promise<{ close(): Promise<void> }> {
    await requirePort(env().PORT);
    // Workers only serve, whatever command started this process.
    cluster.setupPrimary({ args: ["serve"] });
    const stopManaging = await serveManagement(this.management);
    await Promise.all(Array.from({ length: env().INSTANCES }, () => this.launch()));
    this.isStarted = true;
    return {
      close: async () => {
        await this.stop();
        stopManaging();
      },
    };
  }

  /** Starts a process. Resolves when it is up, and throws when it ends before that. */
  private async launch(): Promise<void> {
    const worker = cluster.fork();
    const ask = converse(worker, { text: () => this.text() });
    const started: Process = { worker, ask, isUp: false };
    this.running.add(started);
    const steady = setTimeout(() => {
      this.deaths = 0;
    }, STEADY);

    await new Promise<void>((resolve, reject) => {
      worker.once("listening", () => {
        started.isUp = true;
        resolve();
      });
      worker.on("error", (error) => {
        log().error({ err: error }, "A process cannot be started, or does not receive messages");
        // A process that never started emits no exit.
        if (worker.process.pid === undefined) worker.emit("exit", null, null);
      });
      worker.once("exit", (code, signal) => {
        clearTimeout(steady);
        this.running.delete(started);
        reject(new UserError("A process ended before it was up. Its output is above."));
        if (this.isStarted && !this.isStopping) this.replace({ pid: worker.process.pid, code, signal });
      });
    });
  }

  /** Replaces a process that ended, after a longer wait each time. */
  private async replace(ended: { pid?: number; code: number | null; signal: string | null }): Promise<void> {
    log().error(ended, "A process ended, and is being replaced");
    const wait = WAITS[this.deaths++];
    if (wait === undefined && ![...this.running].some(({ isUp }) => isUp)) return this.giveUp();
    await pause(wait ?? WAITS.at(-1));
    // A process that ends at once calls this method again.
    if (!this.isStopping) await this.launch().catch(() => {});
  }

  /** Stops like a termination signal does, but with exit status 1. */
  private giveUp(): void {
    if (this.isStopping) return;
    log().fatal("No process stays up");
    process.exitCode = 1;
    process.kill(process.pid, "SIGTERM");
  }

  private async stop(): Promise<void> {
    this.isStopping = true;
    this.management.drain();
    const late = pause(env().DRAIN_DELAY + LIMIT, undefined, { ref: false });
    for (const { worker, isUp } of this.running) {
      // A process that is not up may not read messages yet, and has no requests that a signal could cut off.
      if (!isUp) worker.process.kill("SIGTERM");
      else if (worker.isConnected()) worker.process.send(STOP, () => {});
    }
    await Promise.race([late, this.untilAllEnded()]);
    for (const { worker } of this.running) {
      process.exitCode = 1;
      worker.process.kill("SIGKILL");
    }
  }

  private async untilAllEnded(): Promise<void> {
    while (this.running.size > 0) {
      const ends = [...this.running].map(({ worker }) => new Promise((resolve) => worker.once("exit", resolve)));
      await Promise.race(ends);
    }
  }

  /** The status of the whole instance: ready when at least one process is ready. */
  private status(): HealthStatus {
    const lacks = async (): Promise<NotReadyReason[]> => {
      const told = (await this.askAll("lacks")) as NotReadyReason[][];
      if (told.some((lacks) => lacks.length === 0)) return [];
      return told.length > 0 ? [...new Set(told.flat())] : ["processes"];
    };
    const warnings = async () => [...new Set(((await this.askAll("warnings")) as ReplicationWarning[][]).flat())];
    return { lacks, warnings, text: () => this.text() };
  }

  private async text(): Promise<string> {
    return textOf((await this.askAll("figures")) as Figures[]);
  }

  /** Asks every process that is up. Returns their responses, without those that did not arrive in time. */
  private async askAll(question: string): Promise<unknown[]> {
    const up = [...this.running].filter(({ isUp }) => isUp);
    return (await Promise.all(up.map(({ ask }) => ask(question)))).filter((answer) => answer !== null);
  }
}
