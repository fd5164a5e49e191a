// Tells open pages at once what changes: whose session has ended, and that there
// is something new to show. A stream of server-sent events for each browser, and
// one connection to the database for all of them.

import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@/lib/connection";
import { directUrl } from "@/lib/env";
import { PROBLEM_HEADERS } from "@/lib/http/plain-page";
import { cookieName, cookieOf, unseal } from "@/lib/session/cookie";
import type { StreamEvent } from "@/lib/session/event-stream";
import { type Announcement, CHANNEL } from "@/lib/session/events";
import { sessionStatus } from "@/lib/session/status";

/** How often something is sent for its own sake, so that no proxy takes a quiet stream for a dead one. Milliseconds. */
const HEARTBEAT = 20_000;

/** After so long a browser asks again when a stream breaks off, in milliseconds; some sooner, some later. */
const RETRY = 1000;

/** How long to wait before the next try to listen, in milliseconds. */
const WAITS = [100, 500, 1000, 2000, 5000];

/**
 * How often the server that we listen to is asked whether it is still there, and for how long an
 * answer is waited for, in milliseconds. One that hangs, or that another has taken over from,
 * says nothing and closes nothing.
 */
const PROBE_INTERVAL = 2000;
const PROBE_PATIENCE = 2000;

/** So many streams one user may have open: a browser needs one, whatever the number of its tabs. */
const STREAMS = 50;

type Stream = { handle: string; response: ServerResponse };

/** The streams that are open, and what feeds them. */
export class Live {
  private readonly streams = new Map<string, Set<Stream>>();
  private readonly heartbeat = setInterval(
    () => this.toAll((stream) => stream.response.write(":\n\n")),
    HEARTBEAT,
  ).unref();
  private listener: Connection | null = null;
  private isClosed = false;

  constructor() {
    this.listen();
  }

  /** Answers with a stream, for as long as the session lives and the browser wants it. Asking is not use. */
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
    // A browser that goes while it is written to.
    response.on("error", () => {});
    response.writeHead(200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store",
      // nginx would keep it back until it has a buffer full.
      "X-Accel-Buffering": "no",
    });
    const retry = Math.round(RETRY * (0.5 + Math.random()));
    // What happened between the look at the database and now was told to nobody: so the browser asks once.
    response.write(`retry: ${retry}\n\n${eventText("ask")}`);
  }

  /** Ends all streams. Their browsers come back, to this instance or to another. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.heartbeat);
    this.toAll(({ response }) => response.end());
    this.listener?.end().catch(() => {});
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

  /** Listens on a connection of its own, for as long as it takes. */
  private async listen(tries = 0): Promise<void> {
    if (this.isClosed) return;
    const client = new Connection({
      connectionString: directUrl(),
      connectionTimeoutMillis: PROBE_PATIENCE,
      query_timeout: PROBE_PATIENCE,
    });
    const again = once(() => {
      client.end().catch(() => {});
      if (!this.isClosed) setTimeout(() => this.listen(tries + 1), WAITS[Math.min(tries, WAITS.length - 1)]).unref();
    });
    client.on("error", again);
    client.on("end", again);
    client.on("notification", ({ payload = "" }) => this.tell(parseAnnouncement(payload)));

    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      return again();
    }
    this.listener = client;
    // Whatever was announced while nobody listened is lost.
    if (tries > 0) this.toAll(({ response }) => response.write(eventText("ask")));
    tries = 0;
    this.probe(client).catch(again);
  }

  /** Asks for as long as `client` listens. Throws when there is no answer, or when its server has become a standby. */
  private async probe(client: Connection): Promise<void> {
    while (!this.isClosed) {
      await pause(PROBE_INTERVAL, undefined, { ref: false });
      // Listening twice is listening, and a standby refuses it.
      if (!this.isClosed) await client.query(`LISTEN ${CHANNEL}`);
    }
  }
}

/** What another instance announced; whatever else is said on the channel concerns nobody. */
function parseAnnouncement(payload: string): Announcement {
  try {
    const { user, ended } = JSON.parse(payload);
    return { user: String(user), ended: Array.isArray(ended) ? ended : null };
  } catch {
    return { user: "", ended: [] };
  }
}

function eventText(event: StreamEvent): string {
  return `event: ${event}\ndata:\n\n`;
}

const REJECTIONS = {
  401: ["Not signed in", "There is no valid session with this request."],
  429: ["Too many streams", "This user has too many streams open."],
  503: ["Unavailable", "There is no stream now. Whether the session is valid is not known."],
} as const;

function reject(response: ServerResponse, status: keyof typeof REJECTIONS): void {
  const [title, detail] = REJECTIONS[status];
  response.writeHead(status, { ...PROBLEM_HEADERS, ...(status !== 401 && { "Retry-After": 5 }) });
  response.end(JSON.stringify({ status, title, detail }));
}

/** Does it the first time, and nothing afterwards. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
