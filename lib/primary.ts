import { setTimeout as pause } from "node:timers/promises";

/** How long a new connection waits for a host that takes writes, in milliseconds. Shorter than the pool waits for it. */
const PATIENCE = 1200;

/** How long to wait before a host is probed again, and how long other hosts may delay the choice, in milliseconds. */
const AGAIN = 250;
const GRACE = 200;

/** How often to look even if nothing is wrong, in milliseconds: an old primary may not know that it was replaced. */
const ROUTINE = 5000;

/** After this time, in milliseconds, hosts are probed less often. */
const LONG = 10_000;

/** A search that nobody waits for ends after this time, in milliseconds. */
const UNASKED = 30_000;

/** What a probe of a host found. Each promotion of a standby begins a new timeline, in the same system. */
export type Probed =
  | { state: "primary"; system: string; timeline: number }
  | { state: "read-only" }
  | { state: "silent"; why: string };

/** A connection to one of the hosts. */
export type Tied = { url: string; drop(): void };

/** None of the hosts takes writes. The message names each of them, and what is wrong with it. */
export class NoPrimary extends Error {
  override name = "NoPrimary";
  /** Postgres's code for a connection that could not be established. */
  readonly code = "08001";

  constructor(
    message: string,
    /** Whether a host responds, but accepts no changes. */
    readonly isReadOnly: boolean,
  ) {
    super(message);
  }
}

/**
 * The NoPrimary that caused an Outage, or null. Prisma's errors lose it. Compares names, because each
 * bundle has its own copy of the class.
 */
export function noPrimaryIn(error: unknown): NoPrimary | null {
  if (typeof error !== "object" || error === null) return null;
  const { name, cause } = error as Error;
  return name === "NoPrimary" ? (error as NoPrimary) : noPrimaryIn(cause);
}

/**
 * Knows which of several hosts takes writes, and drops the connections to all others. It never
 * returns to a host on an older timeline: an old primary that hung and woke would bring ended
 * sessions back.
 */
export class Primary {
  private current: string | null = null;
  private search: Promise<void> | null = null;
  private asked = 0;
  private settled = 0;
  private newest = { system: "", timeline: 0 };
  private found = new Map<string, Probed>();
  private readonly tied = new Set<Tied>();

  constructor(
    private readonly hosts: { url: string; name: string }[],
    private readonly probe: (url: string) => Promise<Probed>,
  ) {
    setInterval(() => this.tied.size > 0 && this.doubt(), ROUTINE).unref();
  }

  /** The URL of the host that takes writes. Throws NoPrimary when there is none for 1.2 s. */
  async find(): Promise<string> {
    const until = performance.now() + PATIENCE;
    while (!this.current && performance.now() < until) {
      this.doubt();
      await Promise.race([this.search, pause(until - performance.now())]);
    }
    if (this.current) return this.current;
    throw new NoPrimary(
      `No host takes writes: ${this.hosts.map(({ url, name }) => `${name} ${inWords(this.found.get(url))}`).join(", ")}`,
      [...this.found.values()].some(({ state }) => state === "read-only"),
    );
  }

  /** Looks for the host that takes writes, meanwhile as before. For a sign that it may be another one. */
  doubt(): void {
    this.asked = performance.now();
    this.search ??= this.look().finally(() => {
      this.search = null;
    });
  }

  /** Gives a host up that failed a connection, or refused a change, and looks for another one. */
  leave(url: string): void {
    if (this.current === url) this.current = null;
    this.found.delete(url);
    this.doubt();
  }

  /** Keeps a connection to be dropped when its host is left. Returns a function that forgets it. */
  tie(connection: Tied): () => void {
    this.tied.add(connection);
    if (this.current && this.current !== connection.url) connection.drop();
    return () => this.tied.delete(connection);
  }

  /** Probes all hosts again and again, independently, so that one that hangs delays no other. */
  private async look(): Promise<void> {
    const early = this.settled + AGAIN - performance.now();
    if (this.current && early > 0) await pause(early, undefined, { ref: false });
    this.found = new Map();
    const begun = performance.now();
    await new Promise<void>((done) => {
      let isOver = false;
      let grace: NodeJS.Timeout | undefined;
      const settle = (url: string | null) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(grace);
        if (url) this.moveTo(url);
        this.settled = performance.now();
        done();
      };
      const follow = async (url: string) => {
        while (!isOver) {
          this.found.set(url, await this.probe(url));
          if (isOver) return;
          if (this.best() && this.found.size === this.hosts.length) return settle(this.best());
          if (this.best()) grace ??= setTimeout(() => settle(this.best()), GRACE);
          else if (performance.now() - this.asked > UNASKED) return settle(null);
          const isLong = performance.now() - begun > LONG;
          await pause(isLong ? 4 * AGAIN : AGAIN, undefined, { ref: false });
        }
      };
      for (const { url } of this.hosts) follow(url);
    });
  }

  /** Of the hosts that take writes, the one on the newest timeline; the current one if it is as new. */
  private best(): string | null {
    const primaries = this.hosts.flatMap(({ url }) => {
      const its = this.found.get(url);
      if (its?.state !== "primary") return [];
      const isOld = its.system === this.newest.system && its.timeline < this.newest.timeline;
      return isOld ? [] : [{ url, timeline: its.timeline }];
    });
    const newest = Math.max(...primaries.map(({ timeline }) => timeline));
    const those = primaries.filter(({ timeline }) => timeline === newest);
    return (those.find(({ url }) => url === this.current) ?? those[0])?.url ?? null;
  }

  private moveTo(url: string): void {
    const its = this.found.get(url);
    if (its?.state === "primary") this.newest = { system: its.system, timeline: its.timeline };
    this.current = url;
    for (const connection of this.tied) if (connection.url !== url) connection.drop();
  }
}

function inWords(its: Probed | undefined): string {
  if (its?.state === "silent") return `cannot be used (${its.why})`;
  if (its?.state === "read-only") return "is read-only";
  // It belongs to an older timeline.
  return its ? "was replaced by a newer primary" : "does not respond";
}
