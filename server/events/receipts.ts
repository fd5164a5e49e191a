// Pages confirm that they went blank after another device had ended their session. The user who
// ended it waits for that confirmation.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { env } from "@/lib/env";

/** How long a page can confirm, and its confirmation is kept, in milliseconds. */
const MEMORY = 20_000;

/** The maximum number of log-outs whose confirmations an instance keeps, and of streams that can confirm. */
const MOST_LOG_OUTS = 2000;
const MOST_STREAMS = 20_000;

/** The maximum number of tabs that count for one stream, and of questions that wait for one log-out. */
const MOST_TABS = 50;
const MOST_WAITING = 10;

/** How often to pass confirmations on at most, in milliseconds, and how many at once: a message has at most 8,000 bytes. */
const PASS_INTERVAL = 50;
const PASSED = 50;

/** A page's confirmation. `tab` distinguishes the tabs of a browser, and `tabs` is the number that it has. */
export const CONFIRMATION = z.object({ id: z.string(), tab: z.string(), tabs: z.number() });

export type Confirmation = z.infer<typeof CONFIRMATION>;

/** What one instance knows about a log-out. It is unsure if it may have missed the announcement. */
export const TOLD = z.object({ pages: z.number(), blank: z.number(), after: z.number(), isUnsure: z.boolean() });

export type Told = z.infer<typeof TOLD>;

type LogOut = {
  streams: Map<string, { tabs: Set<string>; expected: number }>;
  heardAt: number;
  after: number;
  waiting: ((told: Told) => void)[];
  /** Set while news for those who wait is about to be sent. */
  replying: NodeJS.Timeout | null;
};

/** Whether all the pages that the instances know have confirmed. */
export function isAllBlank(told: Told[]): boolean {
  return told.every(({ pages, blank }) => blank >= pages);
}

/** The confirmations of an instance's own pages, and those that it passes on to others. */
export class Receipts {
  private readonly logOuts = new LRUCache<string, LogOut>({ max: MOST_LOG_OUTS, ttl: MEMORY });
  private readonly keyOf = new LRUCache<string, string>({ max: MOST_STREAMS, ttl: MEMORY });
  private unsureUntil = 0;
  private readonly waiting: Confirmation[] = [];
  private passing: NodeJS.Timeout | null = null;

  constructor(private readonly pass: (confirmations: Confirmation[]) => void) {}

  /** Records that an instance tells a stream of an end. Returns the ticket with which its pages can confirm it. */
  issue(key: string): string {
    const id = randomBytes(16).toString("base64url");
    let logOut = this.logOuts.get(key);
    if (!logOut) {
      logOut = { streams: new Map(), heardAt: performance.now(), after: 0, waiting: [], replying: null };
      this.logOuts.set(key, logOut);
    }
    logOut.streams.set(id, { tabs: new Set(), expected: 1 });
    this.keyOf.set(id, key);
    return `${id}.${signature(id)}`;
  }

  /** Announcements may have been missed: for a while this instance does not know which streams it should have told. */
  miss(): void {
    this.unsureUntil = performance.now() + MEMORY;
  }

  /** What is known under this key now. Calls `reply` again with each new confirmation. */
  answer(key: string, reply: (told: Told) => void): void {
    const logOut = this.logOuts.get(key);
    if (logOut && logOut.waiting.length < MOST_WAITING) logOut.waiting.push(reply);
    reply(this.toldOf(logOut));
  }

  /** Takes in what a page sent. Ignores forged tickets: passing them on would cost the database something. */
  accept({ ticket, tab, tabs }: { ticket: string; tab: string; tabs: number }): void {
    const [id = "", sent = ""] = ticket.split(".");
    if (!isSigned(id, sent)) return;
    const confirmation = { id, tab, tabs };
    if (this.keyOf.has(id)) {
      this.confirm(confirmation);
      return;
    }
    // Another instance had the stream.
    if (this.waiting.length < 10 * PASSED) this.waiting.push(confirmation);
    this.passing ??= setTimeout(() => this.passOn(), PASS_INTERVAL).unref();
  }

  /** Takes in a confirmation, if it belongs to a stream of this instance. */
  confirm({ id, tab, tabs }: Confirmation): void {
    const logOut = this.logOuts.get(this.keyOf.get(id) ?? "");
    const stream = logOut?.streams.get(id);
    if (!logOut || !stream || stream.tabs.has(tab) || stream.tabs.size >= MOST_TABS) return;
    stream.tabs.add(tab);
    stream.expected = Math.min(Math.max(stream.expected, tabs), MOST_TABS);
    logOut.after = performance.now() - logOut.heardAt;
    if (logOut.waiting.length > 0) logOut.replying ??= setTimeout(() => this.reply(logOut), PASS_INTERVAL).unref();
  }

  close(): void {
    if (this.passing) clearTimeout(this.passing);
  }

  private passOn(): void {
    this.pass(this.waiting.splice(0, PASSED));
    this.passing = this.waiting.length > 0 ? setTimeout(() => this.passOn(), PASS_INTERVAL).unref() : null;
  }

  private reply(logOut: LogOut): void {
    logOut.replying = null;
    for (const reply of logOut.waiting) reply(this.toldOf(logOut));
  }

  private toldOf(logOut: LogOut | undefined): Told {
    const streams = [...(logOut?.streams.values() ?? [])];
    return {
      pages: sum(streams.map(({ tabs, expected }) => Math.max(expected, tabs.size))),
      blank: sum(streams.map(({ tabs }) => tabs.size)),
      after: Math.round(logOut?.after ?? 0),
      isUnsure: performance.now() < this.unsureUntil,
    };
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Lets every instance recognise a ticket, whichever instance has issued it. */
function signature(id: string, [secret = ""]: string[] = env().SESSION_SECRET): string {
  return createHmac("sha256", `receipt:${secret}`).update(id).digest().subarray(0, 16).toString("base64url");
}

function isSigned(id: string, sent: string): boolean {
  const given = Buffer.from(sent);
  return env().SESSION_SECRET.some((secret) => {
    const right = Buffer.from(signature(id, [secret]));
    return right.length === given.length && timingSafeEqual(right, given);
  });
}
