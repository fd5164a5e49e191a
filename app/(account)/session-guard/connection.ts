// Tells open pages at once what happens. All tabs of a browser share one event stream:
// a browser allows few connections to a site, and a stream for each tab would use them up.

import { STREAM, STREAM_EVENTS, type StreamEvent } from "@/lib/session/event-stream";

/** An event from the stream, or "used": the session was used in another tab. */
export type News = StreamEvent | "used";

/** The name of the channel, and of the lock for which every tab waits. */
export const NAME = "latchkey-live";

/** Delays before reconnecting, in milliseconds. They are randomised, so that browsers do not all come at once. */
const WAITS = [1000, 2000, 5000, 10_000, 30_000];

/** `ticket` lets a page whose session has ended confirm that it is blank (confirm-blank.ts). */
type Listener = (news: News, ticket?: string) => void;

const listeners = new Set<Listener>();
let channel: BroadcastChannel | null = null;
let stop: AbortController | null = null;

/** Calls `listener` with every event, from this tab or elsewhere, until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) start();
  return () => {
    listeners.delete(listener);
    // Wait a moment: navigation removes one listener and adds the next.
    setTimeout(() => listeners.size === 0 && end());
  };
}

/** Sends an event to the other tabs of this browser. */
export function tellOtherTabs(news: News, ticket?: string): void {
  channel?.postMessage({ news, ticket });
}

function start(): void {
  if (stop) return;
  stop = new AbortController();
  const { signal } = stop;
  channel = new BroadcastChannel(NAME);
  // A tab from before an update may send something else.
  channel.onmessage = ({ data }) => tell(data?.news ?? "ask", data?.ticket);
  for (const target of [document, window]) {
    target.addEventListener(target === document ? "visibilitychange" : "online", askAgain, { signal });
  }
  // The tab that holds the lock has the stream. When it closes, the next tab gets both.
  navigator.locks?.request(NAME, { signal }, () => stream(signal)).catch(() => {});
}

function end(): void {
  stop?.abort();
  stop = null;
  channel?.close();
  channel = null;
}

function tellAll(news: News, ticket?: string): void {
  // The other tabs first: this one may be busy with the event.
  tellOtherTabs(news, ticket);
  tell(news, ticket);
}

/** Checks the session when the page becomes visible or the network is back, because events may have been missed. */
function askAgain(): void {
  if (document.visibilityState === "visible") tell("ask");
}

function tell(news: News, ticket?: string): void {
  for (const listener of listeners) listener(news, ticket);
}

/** Keeps a stream open, reconnecting when needed, until `signal` aborts. */
async function stream(signal: AbortSignal): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    const wasOpen = await readStream(signal);
    if (wasOpen) tries = 0;
    const wait = WAITS[Math.min(tries, WAITS.length - 1)] ?? 0;
    await pause(wait * (0.5 + Math.random()), signal);
  }
}

/** Reads one stream to its end. Returns whether it ever opened. */
function readStream(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new EventSource(STREAM);
    let wasOpen = false;
    const close = () => {
      source.close();
      resolve(wasOpen);
    };
    const fail = () => {
      // Refused or unreachable. The reason may be that the session has ended.
      if (!wasOpen) tellAll("ask");
      close();
    };
    source.onopen = () => {
      wasOpen = true;
    };
    // EventSource reconnects by itself, but not after every kind of failure.
    source.onerror = fail;
    signal.addEventListener("abort", close, { once: true });
    for (const news of STREAM_EVENTS) {
      source.addEventListener(news, ({ data }) => tellAll(news, data || undefined));
    }
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
