// One instance in several processes: they share its port, and the first of them,
// which answers no visitor, starts the others, watches over them and tells them to stop.

import cluster, { type Worker } from "node:cluster";
import { setTimeout as pause } from "node:timers/promises";
import { env, MINUTE } from "@/lib/env";
import { log } from "@/lib/log";
import { type Figures, textOf } from "@/lib/metrics";
import { UserError } from "@/lib/terminal";
import { Management, serveManagement } from "@/server/health/endpoints";
import type { NotReadyReason } from "@/server/health/readiness";
import type { HealthStatus } from "@/server/health/status";
import { requirePort } from "./listen";
import { converse, STOP } from "./worker-channel";

/** How long to wait before replacing a process that ended, in milliseconds. When all are used up and no process is left, it gives up. */
const WAITS = [0, 1000, 2000, 5000, 10_000];

/** A process that has run for this long, in milliseconds, did not end because of how it was started. */
const STEADY = MINUTE;

/** How long the processes have to finish after `DRAIN_DELAY`, in milliseconds. */
const LIMIT = 9500;

type Process = { worker: Worker; ask: ReturnType<typeof converse>; isUp: boolean };

/** Loads the server's code, which takes a while the first time. */
export const loadServer = () => import("./");

/** Serves on `PORT`, in as many processes as `INSTANCES` says; with `dev` the sources, in this one. As `serve` does. */
export async function serveInProcesses({ dev }: { dev: boolean }): Promise<{ close(): Promise<void> }> {
  if (!dev && env().INSTANCES > 1 && cluster.isPrimary) return new Processes().start();
  // Not before: a process that only watches over others does not need it.
  const { serve } = await loadServer();
  return serve({ dev });
}

class Processes {
  private readonly running = new Set<Process>();
  private readonly management = new Management(this.status());
  private isStopping = false;
  private isStarted = false;
  private deaths = 0;

  /** Comes back when all of them answer. Throws a UserError when one cannot be started. */
  async start(): Promise<{ close(): Promise<void> }> {
    await requirePort(env().PORT);
    // Whatever this one was started with: they serve, and nothing else.
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

  /** Comes back when the process answers, and throws when it ends before. */
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
        log().error({ err: error }, "A process cannot be started, or cannot be told something");
        // One that never was does not exit either.
        if (worker.process.pid === undefined) worker.emit("exit", null, null);
      });
      worker.once("exit", (code, signal) => {
        clearTimeout(steady);
        this.running.delete(started);
        reject(new UserError("A process ended before it answered. What it said is above."));
        if (this.isStarted && !this.isStopping) this.replace({ pid: worker.process.pid, code, signal });
      });
    });
  }

  /** Starts another one in place of one that ended, later each time. */
  private async replace(ended: { pid?: number; code: number | null; signal: string | null }): Promise<void> {
    log().error(ended, "A process ended, and another one is started");
    const wait = WAITS[this.deaths++];
    if (wait === undefined && ![...this.running].some(({ isUp }) => isUp)) return this.giveUp();
    await pause(wait ?? WAITS.at(-1));
    // One that ends at once comes back to here by itself.
    if (!this.isStopping) await this.launch().catch(() => {});
  }

  /** Ends everything as if it had been told to, but for the status. */
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
      // One that is not up yet may not listen to us yet either, and answers nobody whom a signal could cut off.
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

  /** The status of all of them together: ready when one is. */
  private status(): HealthStatus {
    const lacks = async (): Promise<NotReadyReason[]> => {
      const told = (await this.askAll("lacks")) as NotReadyReason[][];
      if (told.some((lacks) => lacks.length === 0)) return [];
      return told.length > 0 ? [...new Set(told.flat())] : ["processes"];
    };
    return { lacks, text: () => this.text() };
  }

  private async text(): Promise<string> {
    return textOf((await this.askAll("figures")) as Figures[]);
  }

  /** The answers of those that are up. */
  private async askAll(question: string): Promise<unknown[]> {
    const up = [...this.running].filter(({ isUp }) => isUp);
    return (await Promise.all(up.map(({ ask }) => ask(question)))).filter((answer) => answer !== null);
  }
}
