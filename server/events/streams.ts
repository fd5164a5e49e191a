// Notifies open pages at once when their session has ended, or when there is something
// new to show. Each browser has one stream of server-sent events. Its pages can confirm
// that they have gone blank.

import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Problem } from "@/lib/api/schema";
import { HOUR } from "@/lib/env";
import { PROBLEM_HEADERS } from "@/lib/http/plain-page";
import { cookieName, cookieOf, unseal } from "@/lib/session/cookie";
import type { StreamEvent } from "@/lib/session/event-stream";
import type { Announcement } from "@/lib/session/events";
import { provideOpenPages } from "@/lib/session/open-pages";
import { sessionStatus } from "@/lib/session/status";
import { Listener } from "./listener";
import { Pages } from "./open-pages";

/** How often to send a heartbeat, in milliseconds. Without it a proxy may close a quiet stream. */
const HEARTBEAT = 20_000;

/** How long browsers wait before they reconnect, in milliseconds. Each stream varies it, so that they do not all come at once. */
const RETRY = 1000;

/**
 * How long a stream stays open at most, in milliseconds. Then the browser opens another one, with its newest cookies. A copy
 * of its cookies that is worthless by then gets none. Each stream varies it, so that they do not all come at once.
 */
const LONGEST = HOUR;

/** The maximum number of open streams per user. A browser needs one for all its tabs. */
const STREAMS = 50;

type Stream = { handle: string; response: ServerResponse };

/** All open streams, and the listener that feeds them. */
export class Streams {
  private readonly streams = new Map<string, Set<Stream>>();
  private readonly heartbeat = setInterval(
    () => this.toAll((stream) => stream.response.write(":\n\n")),
    HEARTBEAT,
  ).unref();
  private readonly counts = new Map<string, number>();
  private readonly pages = new Pages({
    isOpen: (handle) => this.counts.has(handle),
    openOf: (userId) => [...new Set([...(this.streams.get(userId) ?? [])].map(({ handle }) => handle))],
    tellChange: (userId) => {
      for (const { response } of this.streams.get(userId) ?? []) response.write(eventText("pages"));
    },
  });
  private readonly listener = new Listener(this.pages.instances.listensAs, {
    announced: (announcement) => this.tell(announcement),
    said: (payload) => this.pages.instances.receive(payload),
    missed: () => {
      this.pages.receipts.miss();
      this.toAll(({ response }) => response.write(eventText("ask")));
    },
  });
  private isClosed = false;

  constructor() {
    provideOpenPages(this.pages);
  }

  /** Responds with a stream, which stays open until the session ends, the browser leaves, or an hour is over. It is not a use of the session. */
  async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await sessionStatus(await unseal(cookieOf(request.headers.cookie, cookieName())));
    if (response.destroyed) return;
    if (this.isClosed) return reject(response, 503);
    if (answer.state === "unproven") return reject(response, 401, "unproven");
    if (answer.state !== "valid") return reject(response, answer.state === "unavailable" ? 503 : 401);

    const { user, session } = answer;
    const streams = this.streams.get(user.id) ?? new Set();
    if (streams.size >= STREAMS) return reject(response, 429);

    const stream = { handle: session.handle, response };
    this.pages.presence.change(user.id);
    this.streams.set(user.id, streams.add(stream));
    this.counts.set(session.handle, (this.counts.get(session.handle) ?? 0) + 1);
    const timer = setTimeout(() => response.end(), LONGEST * (0.5 + Math.random() / 2)).unref();
    response.on("close", () => {
      clearTimeout(timer);
      this.forget(user.id, stream);
    });
    // The browser may leave during a write.
    response.on("error", () => {});
    response.writeHead(200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store",
      // nginx would hold events back until its buffer is full.
      "X-Accel-Buffering": "no",
    });
    const retry = Math.round(RETRY * (0.5 + Math.random()));
    // Changes since the session was looked up were not announced to this stream, so the browser checks once.
    response.write(`retry: ${retry}\n\n${eventText("ask")}`);
  }

  /**
   * Takes in a page's confirmation that it is blank. Its session has ended, so it needs none. The
   * response is the same for every confirmation, and says nothing about it.
   */
  async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const confirmation = parseConfirmation(await text(request));
    if (confirmation) this.pages.receipts.accept(confirmation);
    response.writeHead(204, { "Cache-Control": "no-store" });
    response.end();
  }

  /** Ends all streams. The browsers reconnect, to this instance or another. */
  close(): void {
    this.isClosed = true;
    this.pages.close();
    clearInterval(this.heartbeat);
    this.toAll(({ response }) => response.end());
    this.listener.close();
    provideOpenPages(null);
  }

  private forget(userId: string, stream: Stream): void {
    const streams = this.streams.get(userId);
    if (!streams?.has(stream)) return;
    this.pages.presence.change(userId);
    streams.delete(stream);
    if (streams.size === 0) this.streams.delete(userId);
    const count = (this.counts.get(stream.handle) ?? 0) - 1;
    if (count > 0) this.counts.set(stream.handle, count);
    else this.counts.delete(stream.handle);
  }

  private toAll(tell: (stream: Stream) => void): void {
    for (const streams of this.streams.values()) for (const stream of streams) tell(stream);
  }

  private tell({ user, ended, receipt }: Announcement): void {
    // These pages find out by asking, and confirm nothing.
    if (ended === null && receipt) this.pages.receipts.miss();
    for (const stream of this.streams.get(user) ?? []) {
      const { handle, response } = stream;
      if (ended === null) response.write(eventText("ask"));
      else if (ended.includes(handle)) {
        this.forget(user, stream);
        response.end(eventText("ended", receipt ? this.pages.receipts.issue(receipt) : ""));
      } else response.write(eventText("changed"));
    }
  }
}

function eventText(event: StreamEvent, data = ""): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

/** The confirmation in a form, or null. Everything in it is a claim, except for the ticket. */
function parseConfirmation(sent: string): { ticket: string; tab: string; tabs: number } | null {
  const form = new URLSearchParams(sent);
  const [ticket, tab, tabs] = ["ticket", "tab", "tabs"].map((name) => form.get(name) ?? "") as [string, string, string];
  if (!/^[\w-]{22}\.[\w-]{22}$/.test(ticket) || !/^\w{1,12}$/.test(tab) || !/^\d{1,3}$/.test(tabs)) return null;
  return { ticket, tab, tabs: Number(tabs) };
}

const REJECTIONS = {
  401: ["Not logged in", "There is no valid session with this request."],
  429: ["Too many streams", "This user has too many streams open."],
  503: ["Unavailable", "There is no stream now. Whether the session is valid is not known."],
} as const;

function reject(response: ServerResponse, status: keyof typeof REJECTIONS, reason?: Problem["reason"]): void {
  const [title, detail] = REJECTIONS[status];
  response.writeHead(status, { ...PROBLEM_HEADERS, ...(status !== 401 && { "Retry-After": 5 }) });
  response.end(JSON.stringify({ status, title, detail, reason } satisfies Problem));
}
