// Notices when a user's first page opens or the last one closes in a browser, while one of the user's
// pages shows that.

import { LRUCache } from "lru-cache";

/** For how long after a question changes are noticed, in milliseconds. A page that shows them asks again before. */
const WATCHED_FOR = 60_000;

/** The maximum number of users whose changes are noticed at once. */
const MOST_WATCHED = 10_000;

/** How long to wait after a change, in milliseconds. A page that loads another one closes its stream and opens a new one. */
const SETTLED = 1000;

/** A change that may not be over. `isAsked`: the server has said in the middle of it which pages are open. */
type Change = { timer: NodeJS.Timeout; isAsked: boolean };

/** Tells of the changes of users whose pages are watched. */
export class Presence {
  private readonly watched = new LRUCache<string, true>({ max: MOST_WATCHED, ttl: WATCHED_FOR });
  private readonly changing = new Map<string, Change>();

  constructor(
    private readonly look: {
      /** The handles of the user's sessions with a stream at this instance, as one text. */
      openOf(userId: string): string;
      changed(userId: string): void;
    },
  ) {}

  /** Notices the user's changes for a minute from now. Must be called whenever the server answers which pages are open. */
  watch(userId: string): void {
    this.watched.set(userId, true);
    const change = this.changing.get(userId);
    if (change) change.isAsked = true;
  }

  /** Must be called before a stream of the user opens or closes. */
  change(userId: string): void {
    if (!this.watched.has(userId) || this.changing.has(userId)) return;
    const before = this.look.openOf(userId);
    const change: Change = { timer: setTimeout(() => settle(), SETTLED).unref(), isAsked: false };
    const settle = () => {
      this.changing.delete(userId);
      if (change.isAsked || this.look.openOf(userId) !== before) this.look.changed(userId);
    };
    this.changing.set(userId, change);
  }

  close(): void {
    for (const { timer } of this.changing.values()) clearTimeout(timer);
  }
}
