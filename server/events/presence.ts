// Notices when a user's first page opens or the last one closes in a browser, while one of the user's
// pages shows that.

import { LRUCache } from "lru-cache";

/** For how long after a question changes are noticed, in milliseconds. A page that shows them asks again before. */
const WATCHED_FOR = 60_000;

/** The maximum number of users whose changes are noticed at once. */
const MOST_WATCHED = 10_000;

/** How long to wait after a change, in milliseconds. A page that loads another one closes its stream and opens a new one. */
const SETTLED = 1000;

/** Tells of the changes of users whose pages are watched. */
export class Presence {
  private readonly watched = new LRUCache<string, true>({ max: MOST_WATCHED, ttl: WATCHED_FOR });
  private readonly changing = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly look: {
      /** The handles of the user's sessions with a stream at this instance, as one text. */
      openOf(userId: string): string;
      changed(userId: string): void;
    },
  ) {}

  /** Notices the user's changes for a minute from now. */
  watch(userId: string): void {
    this.watched.set(userId, true);
  }

  /** Must be called before a stream of the user opens or closes. */
  change(userId: string): void {
    if (!this.watched.has(userId) || this.changing.has(userId)) return;
    const before = this.look.openOf(userId);
    const settle = () => {
      this.changing.delete(userId);
      if (this.look.openOf(userId) !== before) this.look.changed(userId);
    };
    this.changing.set(userId, setTimeout(settle, SETTLED).unref());
  }

  close(): void {
    for (const timer of this.changing.values()) clearTimeout(timer);
  }
}
