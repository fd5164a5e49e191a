/** Why a place in a line was given up: the line was too long, the wait too long, or the client has gone. */
class LineLeft extends Error {
  override name = "LineLeft";
}

/** Whether what was thrown is a LineLeft: by its name, since each bundle has a class of its own. */
export function isLineLeft(error: unknown): boolean {
  return error instanceof Error && error.name === "LineLeft";
}

/** Who waits: strangers, or users that the application knows already. Each kind has a lane, and the lanes take turns. */
export type Lane = "strangers" | "known";

type Waiter = { serve: () => void };

type Limits = {
  /** How many are served at the same time. */
  places: number;
  /** How many may wait in each lane. */
  longest: number;
  /** How long one waits before it gives up, in milliseconds. */
  patience: number;
};

/**
 * Serves first those who came first. The line stands in front of the threads,
 * because Piscina's own queue changes the order of the tasks that can be aborted,
 * and kills the thread of one that is aborted while it runs.
 *
 * Each lane has its own limit, so that guesses at many accounts do not take all
 * the places from users in browsers that they have logged in with before.
 */
export class Line {
  readonly #limits: Limits;
  readonly #lanes: Record<Lane, Waiter[]> = { strangers: [], known: [] };
  #next: Lane = "known";
  #served = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many wait, and how many are being served. */
  get load(): { waiting: number; running: number } {
    return { waiting: this.#lanes.strangers.length + this.#lanes.known.length, running: this.#served };
  }

  /** Does the work when its turn comes. Throws a LineLeft if it does not come; what has begun is finished. */
  async serve<T>(work: () => Promise<T>, { lane, signal }: { lane: Lane; signal: AbortSignal | null }): Promise<T> {
    await this.#turn(lane, signal);
    try {
      return await work();
    } finally {
      this.#served--;
      this.#serveNext();
    }
  }

  #turn(lane: Lane, signal: AbortSignal | null): Promise<void> {
    const waiters = this.#lanes[lane];
    if (signal?.aborted) return Promise.reject(new LineLeft("The client has gone"));
    if (this.#served < this.#limits.places) {
      this.#served++;
      return Promise.resolve();
    }
    if (waiters.length >= this.#limits.longest) return Promise.reject(new LineLeft("The line is full"));

    return new Promise((resolve, reject) => {
      const leave = () => {
        waiters.splice(waiters.indexOf(waiter), 1);
        stopWaiting();
        reject(new LineLeft(signal?.aborted ? "The client has gone" : "The wait was too long"));
      };
      const stopWaiting = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", leave);
      };
      const timer = setTimeout(leave, this.#limits.patience);
      signal?.addEventListener("abort", leave);
      const waiter = {
        serve: () => {
          stopWaiting();
          resolve();
        },
      };
      waiters.push(waiter);
    });
  }

  #serveNext(): void {
    const other: Lane = this.#next === "known" ? "strangers" : "known";
    const waiter = this.#lanes[this.#next].shift() ?? this.#lanes[other].shift();
    this.#next = other;
    if (!waiter) return;
    this.#served++;
    waiter.serve();
  }
}
