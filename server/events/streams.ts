// Notifies open pages at once when their session has ended, or when there is something
// new to show. Each browser has one stream of server-sent events.

import type { IncomingMessage, ServerResponse } from "node:http";
import { PROBLEM_HEADERS } from "@/lib/http/plain-page";
import { cookieName, cookieOf, unseal } from "@/lib/session/cookie";
import type { StreamEvent } from "@/lib/session/event-stream";
import type { Announcement } from "@/lib/session/events";
import { sessionStatus } from "@/lib/session/status";
import { Listener } from "./listener";

/** How often to send a heartbeat, in milliseconds. Without it a proxy may close a quiet stream. */
const HEARTBEAT = 20_000;

/** How long browsers wait before they reconnect, in milliseconds. Each stream varies it, so that they do not all come at once. */
const RETRY = 1000;

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
  private readonly listener = new Listener({
    announced: (announcement) => this.tell(announcement),
    missed: () => this.toAll(({ response }) => response.write(eventText("ask"))),
  });
  private isClosed = false;

  /** Responds with a stream, which stays open until the session ends or the browser leaves. It is not a use of the session. */
  async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await sessionStatus(await unseal(cookieOf(request.headers.cookie, cookieName())));
    if (response.destroyed) return;
    if (this.isClosed) return reject(response, 503);
    if (answer.state !== "valid") return reject(response, answer.state === "unavailable" ? 503 : 401);

    const { user, session } = answer;
    const streams = this.streams.get(user.id) ?? new Set();
    if (streams.size >= STREAMS) return reject(response, 429);

    const stream = { handle: session.handle, response };
    this.streams.set(user.id, streams.add(stream));
    response.on("close", () => this.forget(user.id, stream));
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

  /** Ends all streams. The browsers reconnect, to this instance or another. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.heartbeat);
    this.toAll(({ response }) => response.end());
    this.listener.close();
  }

  private forget(userId: string, stream: Stream): void {
    const streams = this.streams.get(userId);
    streams?.delete(stream);
    if (streams?.size === 0) this.streams.delete(userId);
  }

  private toAll(tell: (stream: Stream) => void): void {
    for (const streams of this.streams.values()) for (const stream of streams) tell(stream);
  }

  private tell({ user, ended }: Announcement): void {
    for (const stream of this.streams.get(user) ?? []) {
      const { handle, response } = stream;
      if (ended === null) response.write(eventText("ask"));
      else if (ended.includes(handle)) {
        this.forget(user, stream);
        response.end(eventText("ended"));
      } else response.write(eventText("changed"));
    }
  }
}

function eventText(event: StreamEvent): string {
  return `event: ${event}\ndata:\n\n`;
}

const REJECTIONS = {
  401: ["Not logged in", "There is no valid session with this request."],
  429: ["Too many streams", "This user has too many streams open."],
  503: ["Unavailable", "There is no stream now. Whether the session is valid is not known."],
} as const;

function reject(response: ServerResponse, status: keyof typeof REJECTIONS): void {
  const [title, detail] = REJECTIONS[status];
  response.writeHead(status, { ...PROBLEM_HEADERS, ...(status !== 401 && { "Retry-After": 5 }) });
  response.end(JSON.stringify({ status, title, detail }));
}
