import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { Act, Outcome } from "./instance";
import { hostsFrom } from "./network";

/** The addresses of the two instances, if addresses can be told apart here. */
export const [ADDRESS_OF_A = "", ADDRESS_OF_B = ""] = hostsFrom(101, 2);

/** Another process with the application's session store. */
export class Instance {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();
  private next = 0;

  constructor(settings: Record<string, string>) {
    const env = { ...process.env, MAX_SESSIONS: "1000", LOG_LEVEL: "silent", ...settings };
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

  /** How many look-ups had each outcome, in this many milliseconds. */
  private async outcomesWithin(milliseconds: number): Promise<Record<string, number>> {
    const count = async () => (await this.ask({ kind: "outcomes" })).value as Record<string, number>;
    const before = await count();
    await pause(milliseconds);
    const after = await count();
    return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
  }

  /** Whether Redis answers the look-ups of this instance, under load. */
  async isAnsweredByRedis(): Promise<boolean> {
    const { found = 0, fenced = 0, unavailable = 0 } = await this.outcomesWithin(300);
    return found > 10 && fenced + unavailable === 0;
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
