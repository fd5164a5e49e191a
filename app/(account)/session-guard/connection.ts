// What open pages hear of at once. All tabs of a browser share one stream: a
// browser allows few connections to a site, and each tab's own would use them up.

import { STREAM, STREAM_EVENTS, type StreamEvent } from "@/lib/session/event-stream";

/** Something that happened: what the stream tells, or that the session was used in another tab. */
export type News = StreamEvent | "used";

const NAME = "latchkey-live";

/** How long to wait before the next try, in milliseconds: soon at first, then patiently, and not all at once. */
const WAITS = [1000, 2000, 5000, 10_000, 30_000];

type Listener = (news: News) => void;

const listeners = new Set<Listener>();
let channel: BroadcastChannel | null = null;
let stop: AbortController | null = null;

/** Calls `listener` with what happens, in this tab or elsewhere, until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) start();
  return () => {
    listeners.delete(listener);
    // Moving to another page takes one listener away and brings the next.
    setTimeout(() => listeners.size === 0 && end());
  };
}

/** Tells the other tabs of this browser. */
export function tellOtherTabs(news: News): void {
  channel?.postMessage(news);
}

function start(): void {
  if (stop) return;
  stop = new AbortController();
  const { signal } = stop;
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => tell(data);
  for (const target of [document, window]) {
    target.addEventListener(target === document ? "visibilitychange" : "online", askAgain, { signal });
  }
  // One tab has the lock and the stream; when it is closed the next one gets both.
  navigator.locks?.request(NAME, { signal }, () => stream(signal)).catch(() => {});
}

function end(): void {
  stop?.abort();
  stop = null;
  channel?.close();
  channel = null;
}

function tellAll(news: News): void {
  tell(news);
  tellOtherTabs(news);
}

/** Somebody looks at the page again, or the network is back: much may have been missed. */
function askAgain(): void {
  if (document.visibilityState === "visible") tell("ask");
}

function tell(news: News): void {
  for (const listener of listeners) listener(news);
}

/** Keeps a stream open until it is no longer wanted. */
async function stream(signal: AbortSignal): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    const wasOpen = await readStream(signal);
    if (wasOpen) tries = 0;
    const wait = WAITS[Math.min(tries, WAITS.length - 1)] ?? 0;
    await pause(wait * (0.5 + Math.random()), signal);
  }
}

/** Reads one stream to its end. Says whether there was one. */
function readStream(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new EventSource(STREAM);
    let wasOpen = false;
    const close = () => {
      source.close();
      resolve(wasOpen);
    };
    const fail = () => {
      // Refused, or nobody there: the session may be what is no longer there.
      if (!wasOpen) tellAll("ask");
      close();
    };
    source.onopen = () => {
      wasOpen = true;
    };
    // The browser would try again by itself, but not after every kind of failure.
    source.onerror = fail;
    signal.addEventListener("abort", close, { once: true });
    for (const news of STREAM_EVENTS) {
      source.addEventListener(news, () => tellAll(news));
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
