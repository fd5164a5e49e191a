import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { Act, Outcome } from "./instance";
import { hostsFrom } from "./network";

/** The addresses of the two instances, if addresses can be told apart here. */
export const [ADDRESS_OF_A = "", ADDRESS_OF_B = ""] = hostsFrom(101, 2);

/** After this number of look-ups in a row by Redis, it counts as answering again. */
const ENOUGH = 20;

/** Another process with the application's session store. */
export class Instance {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();
  private next = 0;

  constructor(settings: Record<string, string>) {
    // The tests' own Postgres is watched, which no fault reaches.
    const own = { MAX_SESSIONS: "1000", LOG_LEVEL: "silent", WATCHED_DATABASE: process.env.DATABASE_URL };
    const env = { ...process.env, ...own, ...settings };
    this.process = fork("testing/failover/instance.ts", { execArgv: ["--import", "tsx"], env });
    this.process.on("message", ({ id, outcome }: { id: number; outcome: Outcome }) => {
      this.waiting.get(id)?.(outcome);
      this.waiting.delete(id);
    });
  }

  ask(act: Act): Promise<Outcome> {
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.process.send({ id, act });
    });
  }

  /** How many look-ups have had each outcome. */
  private async outcomes(): Promise<Record<string, number>> {
    return (await this.ask({ kind: "outcomes" })).value as Record<string, number>;
  }

  /** Whether Redis answers the next look-ups of this instance, under load. */
  async isAnsweredByRedis(): Promise<boolean> {
    const before = await this.outcomes();
    // As long as a busy machine needs for them.
    for (let tries = 0; tries < 50; tries++) {
      await pause(100);
      const after = await this.outcomes();
      const more = (outcome: string) => (after[outcome] ?? 0) - (before[outcome] ?? 0);
      if (more("fenced") + more("unavailable") > 0) return false;
      if (more("found") >= ENOUGH) return true;
    }
    return false;
  }

  stop(): void {
    this.process.kill("SIGKILL");
  }
}

/** Two instances with these settings, each with an address of its own. */
export function startInstances(settings: Record<string, string>): [Instance, Instance] {
  return [
    new Instance({ ...settings, OWN_ADDRESS: ADDRESS_OF_A }),
    new Instance({ ...settings, OWN_ADDRESS: ADDRESS_OF_B }),
  ];
}
