/** Work left the queue without being served: the queue was full, the wait too long, or the client disconnected. */
class LineLeft extends Error {
  override name = "LineLeft";
}

/** Whether an error is a LineLeft. Compares names, because each bundle has its own copy of the class. */
export function isLineLeft(error: unknown): boolean {
  return error instanceof Error && error.name === "LineLeft";
}

/**
 * Who is waiting: strangers, or users whom the application already knows. Each has a lane, and the
 * lanes take turns.
 */
export type Lane = "strangers" | "known";

type Waiter = { serve: () => void };

type Limits = {
  /** The maximum number served at the same time. */
  places: number;
  /** The maximum number waiting in each lane. */
  longest: number;
  /** The maximum wait, in milliseconds. */
  patience: number;
};

/**
 * A queue that serves each lane in the order of arrival. It stands in front of the threads, because
 * Piscina's own queue changes the order of tasks that can be aborted, and kills the thread of a
 * task that is aborted while it runs.
 *
 * Each lane has its own limit, so that guesses at many accounts do not take all places from users
 * in known browsers.
 */
export class Line {
  readonly #limits: Limits;
  readonly #lanes: Record<Lane, Waiter[]> = { strangers: [], known: [] };
  #next: Lane = "known";
  #served = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many are waiting, and how many are being served. */
  get load(): { waiting: number; running: number } {
    return { waiting: this.#lanes.strangers.length + this.#lanes.known.length, running: this.#served };
  }

  /** Runs the work when its turn comes. Throws a LineLeft if it does not come. Work that has begun is finished. */
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
    if (signal?.aborted) return Promise.reject(new LineLeft("The client has disconnected"));
    if (this.#served < this.#limits.places) {
      this.#served++;
      return Promise.resolve();
    }
    if (waiters.length >= this.#limits.longest) return Promise.reject(new LineLeft("The queue is full"));

    return new Promise((resolve, reject) => {
      const leave = () => {
        waiters.splice(waiters.indexOf(waiter), 1);
        stopWaiting();
        reject(new LineLeft(signal?.aborted ? "The client has disconnected" : "The wait was too long"));
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
