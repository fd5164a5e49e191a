// Log-ins, look-ups and endings on two instances, and the ledger of what the instances have acknowledged.

import { setTimeout as pause } from "node:timers/promises";
import type { Instance } from "./instances";

/** How many sessions are active at once, at least and at most. */
const [LEAST, MOST] = [100, 250];

/** A run has more log-ins and endings than these, however busy the machine is. */
const ENOUGH = 20;

/** How long each worker waits after an act, in milliseconds. */
const PAUSE = 20;

/** Look-ups at once after a fault, of all sessions. */
const AT_ONCE = 10;

/** A look-up may fail if the machine has taken this much of its time, in milliseconds: half of what Postgres may take. */
const STALL = 500;

type Session = { token: string; state: "active" | "ending" | "ended" };

/** What instances have acknowledged, and what became of it. Times are in milliseconds. */
export type Tally = {
  logIns: number;
  /** Acknowledged log-ins whose session is gone, and acknowledged endings whose session was found again. */
  lost: number;
  endings: number;
  alive: number;
  lookUps: number;
  /** Look-ups of active sessions that found none (401), or failed (503), or failed because the machine stood still. */
  refused: number;
  failed: number;
  stalled: number;
  /** The longest look-up, and the longest without the time that the machine took. */
  longest: number;
  longestOwn: number;
  /** How long the store was not as before. */
  away: number;
  /** Errors that should not happen. */
  errors: string[];
};

type Plan = {
  instances: [Instance, Instance];
  /** The ids of the users who log in. */
  users: string[];
  /** Causes the fault, and resolves once the rest is up to the store. Without log-ins from `stopLogIns` until then. */
  lose(stopLogIns: () => void): Promise<void>;
  /** Whether the store is as before. */
  isBack(): Promise<boolean>;
};

/** How long a store may take until it is as before, in milliseconds. */
const PATIENCE = 120_000;

/** Keeps two instances busy during a fault, and counts what they acknowledged and what became of it. */
export async function play({ instances, users, lose, isBack }: Plan): Promise<Tally> {
  const load = new Load(instances, users);
  const working = load.work();
  // Its errors are those of `await working`, or of the condition that is waited for.
  working.catch(() => {});
  try {
    const isBusy = async () => load.active().length >= LEAST && (await isBack());
    await Promise.race([working, until(isBusy, "the load begins")]);
    await pause(500);
    const lost = performance.now();
    await lose(() => {
      load.takesLogIns = false;
    });
    load.takesLogIns = true;
    await Promise.race([working, until(isBack, "the store is as before")]);
    load.tally.away = performance.now() - lost;
    const isEnough = () => Math.min(load.tally.logIns, load.tally.endings) > ENOUGH;
    await Promise.race([working, until(isEnough, "enough sessions have started and ended")]);
    await pause(500);
  } finally {
    load.isOver = true;
  }
  await working;
  await load.settle();
  return load.tally;
}

class Load {
  isOver = false;
  takesLogIns = true;
  readonly tally: Tally = {
    ...{ logIns: 0, lost: 0, endings: 0, alive: 0, lookUps: 0, refused: 0, failed: 0, stalled: 0 },
    ...{ longest: 0, longestOwn: 0, away: 0, errors: [] },
  };
  private readonly sessions = new Set<Session>();
  private readonly owed: Session[] = [];
  private readonly back = new Set<Session>();

  constructor(
    private readonly instances: [Instance, Instance],
    private readonly users: string[],
  ) {}

  active(): Session[] {
    return [...this.sessions].filter(({ state }) => state === "active");
  }

  async work(): Promise<void> {
    const acts = [this.logIn, this.logOut, this.logOut, this.payOwed, this.lookUp, this.lookUp, this.lookUpEnded];
    const each = this.instances.flatMap((instance) => acts.map((act) => () => act.call(this, instance)));
    await Promise.all(
      each.map(async (act) => {
        while (!this.isOver) {
          await act();
          await pause(PAUSE);
        }
      }),
    );
  }

  /** Finishes what is owed, and looks every session up on both instances. */
  async settle(): Promise<void> {
    await until(async () => {
      if (this.owed.length > 0) await this.payOwed(this.instances[0]);
      return this.owed.length === 0;
    }, "every ending that failed succeeds");
    const pairs = [...this.sessions].flatMap((session) => this.instances.map((instance) => ({ session, instance })));
    const check = async () => {
      for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
        const isThere = await this.find(pair.instance, pair.session);
        if (isThere === false && pair.session.state === "active") this.tally.lost++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, check));
    this.tally.alive = this.back.size;
  }

  private async logIn(on: Instance): Promise<void> {
    if (!this.takesLogIns || this.active().length >= MOST) return;
    const { value, error } = await on.ask({ kind: "start", userId: String(random(this.users)) });
    if (error) return this.note(error);
    this.tally.logIns++;
    this.sessions.add({ token: String(value), state: "active" });
  }

  private async logOut(on: Instance): Promise<void> {
    const active = this.active();
    const session = random(active);
    if (!session || active.length < LEAST) return;
    session.state = "ending";
    await this.end(on, session);
  }

  /** Tries the next ending again that has failed, as a log-out in an outage is finished later. */
  private async payOwed(on: Instance): Promise<void> {
    const session = this.owed.shift();
    if (session) await this.end(on, session);
  }

  private async end(on: Instance, session: Session): Promise<void> {
    const { value, error } = await on.ask({ kind: "end", token: session.token });
    if (error) {
      this.owed.push(session);
      return this.note(error);
    }
    // 0 if an earlier try had ended it, whose response was lost.
    if (value === 1) this.tally.endings++;
    session.state = "ended";
    // Its next request, to the other instance.
    await this.find(this.instances.find((instance) => instance !== on) ?? on, session);
  }

  private async lookUp(on: Instance): Promise<void> {
    const session = random(this.active());
    if (!session) return;
    const isThere = await this.find(on, session);
    if (isThere === false && session.state === "active") this.tally.refused++;
  }

  private async lookUpEnded(on: Instance): Promise<void> {
    const session = random([...this.sessions].filter(({ state }) => state === "ended").slice(-100));
    if (session) await this.find(on, session);
  }

  /** Whether an instance finds a session; null if it fails. */
  private async find(on: Instance, session: Session): Promise<boolean | null> {
    const before = session.state;
    const { value, error, took, stalled } = await on.ask({ kind: "find", token: session.token });
    const { tally } = this;
    tally.lookUps++;
    tally.longest = Math.max(tally.longest, took);
    tally.longestOwn = Math.max(tally.longestOwn, took - stalled);
    if (error) {
      if (session.state === "active") tally[stalled < STALL ? "failed" : "stalled"]++;
      this.note(error);
      return null;
    }
    if (value === true && before === "ended") this.back.add(session);
    return value === true;
  }

  private note(error: string): void {
    if (error === "outage") return;
    this.tally.errors.push(error);
    throw new Error(error);
  }
}

function random<T>(those: T[]): T | undefined {
  return those[Math.floor(Math.random() * those.length)];
}

/** Waits until a condition is true. */
export async function until(isTrue: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`It takes too long until ${what}`);
    await pause(100);
  }
}
