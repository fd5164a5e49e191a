import { expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "@/lib/env";
import { judgeRotation, type Rotation, type Shown, unrotated } from "./rule";

// Browsers and thieves in a world with a clock of its own: requests and answers take their time, overtake each other and
// get lost; browsers crash; addresses change.

const EVERY = 15 * MINUTE;

/** Numbers from 0 to 1 that look random and are the same in each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server with one session, and what happens to it in the order of time. */
class World {
  now = 0;
  requests = 0;
  rotations = 0;
  replayedAt: number | null = null;
  private rotation: Rotation = unrotated(new Date(0));
  private readonly events: { at: number; happen: () => void }[] = [];

  /** `late` is the share of requests and answers that take up to four minutes. */
  constructor(
    readonly random: () => number,
    private readonly late = 0,
  ) {}

  /** How long a request or an answer takes. */
  delay(): number {
    const { random } = this;
    if (random() < this.late) return random() * 4 * MINUTE;
    return random() < 0.05 ? random() * 20 * SECOND : random() * 300;
  }

  after(milliseconds: number, happen: () => void): void {
    const at = this.now + milliseconds;
    const place = this.events.findIndex((event) => event.at > at);
    this.events.splice(place === -1 ? this.events.length : place, 0, { at, happen });
  }

  run(until: number): void {
    while (this.events[0] && this.events[0].at <= until) {
      const { at, happen } = this.events.shift() as { at: number; happen: () => void };
      this.now = at;
      happen();
    }
  }

  /** Whether a new generation has just begun, and the previous one counts for half a minute more. */
  get isSettling(): boolean {
    const { generation, since, client } = this.rotation;
    return generation > 0 && client === null && this.now - since < 30 * SECOND;
  }

  /** What the server answers to a cookie: the cookie that it offers, or null. */
  answer(shown: Shown, client: string): Shown | null {
    this.requests++;
    const judged = judgeRotation(this.rotation, shown, { now: new Date(this.now), client, every: EVERY });
    if (judged.verdict === "replay") this.replayedAt ??= this.now;
    if (judged.verdict !== "good") return null;
    if (judged.next && judged.next.generation > this.rotation.generation) this.rotations++;
    this.rotation = judged.next ?? this.rotation;
    return judged.offered === null ? null : { generation: judged.offered, client };
  }
}

/** A browser, or a thief's program. It keeps its newest cookie, and writes it to the disk after a while. */
class Holder {
  private written: { at: number; cookie: Shown }[] = [];
  private life = 0;

  constructor(
    private readonly world: World,
    public cookie: Shown,
    private readonly addresses: string[],
    private readonly takesCookies = true,
  ) {}

  /** Sends a request with the cookie of now. It may be slow, and its answer may be lost. */
  ask(): void {
    const { world, life } = this;
    const [{ random }, cookie] = [world, this.cookie];
    const client = String(this.addresses[Math.floor(random() * this.addresses.length)]);
    world.after(world.delay(), () => {
      const offered = world.answer(cookie, client);
      const isLost = random() < 0.1;
      if (!offered || isLost) return;
      world.after(world.delay(), () => {
        // Answers that arrive after a crash reach nobody.
        if (life !== this.life || !this.takesCookies) return;
        this.cookie = offered;
        this.written.push({ at: world.now, cookie: offered });
      });
    });
  }

  /** Loses the cookies of the last half minute that are not on the disk yet. */
  crash(): void {
    const flushed = this.world.now - this.world.random() * 30 * SECOND;
    const before = this.written.filter(({ at }) => at > flushed)[0];
    if (!before) return void this.life++;
    const kept = this.written.filter(({ at }) => at <= flushed);
    this.cookie = kept.at(-1)?.cookie ?? { generation: 0, client: null };
    this.written = kept;
    this.life++;
  }
}

const PAUSES = [SECOND, 5 * SECOND, 20 * SECOND, 65 * SECOND, 4 * MINUTE, 16 * MINUTE, 5 * HOUR];

/** Uses a browser until the end of the world: several requests at once, pauses, and this share of them with a crash. */
function browse(world: World, browser: Holder, crashing: number, hasCrashed = false): void {
  const { random } = world;
  // After a crash, it restores all its tabs.
  const many = hasCrashed ? 20 : 1 + Math.floor(random() * 5);
  for (let count = 0; count < many; count++) world.after(random() * 2 * SECOND, () => browser.ask());
  const pause = PAUSES[Math.floor(random() ** 2 * PAUSES.length)] ?? SECOND;
  const crashes = random() < crashing;
  if (crashes) world.after(random() * Math.min(pause, 30 * SECOND), () => browser.crash());
  world.after(pause, () => browse(world, browser, crashing, crashes));
}

test.each([
  [
    "lost and late answers, crashes and changing addresses",
    { late: 0, crashing: 0.1, addresses: ["home", "train", "office"] },
  ],
  ["requests and answers that take up to four minutes", { late: 0.01, crashing: 0, addresses: ["home"] }],
])("in 100,000 requests with %s, no browser is taken for a thief", (_what, { late, crashing, addresses }) => {
  let [requests, rotations, seed] = [0, 0, 0];
  while (requests < 100_000) {
    const world = new World(randomFrom(++seed), late);
    const browser = new Holder(world, { generation: 0, client: null }, addresses);
    browse(world, browser, crashing);
    world.run(7 * 24 * HOUR);
    expect([seed, world.replayedAt]).toEqual([seed, null]);
    requests += world.requests;
    rotations += world.rotations;
  }
  expect(rotations).toBeGreaterThan(3000);
});

/** Lets a thief use a copy beside the owner. Returns the milliseconds until a replay is noticed; null if none is. */
function steal(
  seed: number,
  { thief: every, owner: pause, takesCookies }: { thief: number; owner: number; takesCookies: boolean },
): number | null {
  const world = new World(randomFrom(seed));
  const owner = new Holder(world, { generation: 0, client: null }, ["home"]);
  const use = (holder: Holder, interval: number) => {
    holder.ask();
    world.after(interval * (0.5 + world.random()), () => use(holder, interval));
  };
  use(owner, pause);
  world.run(world.random() * 2 * HOUR);
  const began = world.now;
  use(new Holder(world, owner.cookie, ["elsewhere"], takesCookies), every);
  world.run(began + 24 * HOUR);
  return world.replayedAt === null ? null : world.replayedAt - began;
}

test.each([
  ["every five seconds", 5 * SECOND, true],
  ["every five seconds, and takes no new cookie,", 5 * SECOND, false],
  ["every minute", MINUTE, true],
  ["once an hour", HOUR, true],
])("a thief who uses a copy %s is noticed, in either order", (_how, thief, takesCookies) => {
  for (const owner of [20 * SECOND, 5 * MINUTE, 40 * MINUTE])
    for (let seed = 1; seed <= 50; seed++) {
      const taken = steal(seed, { thief, owner, takesCookies });
      expect([seed, taken]).toEqual([seed, expect.any(Number)]);
      // At most two rotations, the minutes to settle, and up to four uses of the slower one.
      expect(taken).toBeLessThan(2 * EVERY + 4 * MINUTE + 6 * Math.max(thief, owner));
    }
});

test("a thief who knows when a generation is new, and comes only then, is noticed at the second one", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const world = new World(randomFrom(seed));
    const owner = new Holder(world, { generation: 0, client: null }, ["home"]);
    const thief = new Holder(world, { generation: 0, client: null }, ["elsewhere"]);
    const use = (): void => {
      owner.ask();
      world.after(20 * SECOND, use);
    };
    const wait = (): void => {
      if (world.isSettling) thief.ask();
      world.after(5 * SECOND, wait);
    };
    use();
    wait();
    world.run(24 * HOUR);
    expect([seed, world.replayedAt]).toEqual([seed, expect.any(Number)]);
    expect(world.replayedAt).toBeLessThan(3 * EVERY);
  }
});
