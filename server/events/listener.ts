// Hears from Postgres what any instance announces, on one connection for all streams.

import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@/lib/connection";
import { directUrl } from "@/lib/env";
import { type Announcement, CHANNEL } from "@/lib/session/events";

/** How long to wait before the next try to listen, in milliseconds. */
const WAITS = [100, 500, 1000, 2000, 5000];

/**
 * How often the server that we listen to is asked whether it is still there, and for how long an
 * answer is waited for, in milliseconds. One that hangs, or that another has taken over from,
 * says nothing and closes nothing.
 */
const PROBE_INTERVAL = 2000;
const PROBE_PATIENCE = 2000;

type Hear = {
  /** Something was announced. */
  announced(announcement: Announcement): void;
  /** Nobody listened for a while: whatever was announced meanwhile is lost. */
  missed(): void;
};

/** Listens for as long as it takes, until `close` is called. Connects again whenever the connection is lost. */
export class Listener {
  private client: Connection | null = null;
  private isClosed = false;

  constructor(private readonly hear: Hear) {
    this.listen(0);
  }

  close(): void {
    this.isClosed = true;
    this.client?.end().catch(() => {});
  }

  private async listen(tries: number): Promise<void> {
    if (this.isClosed) return;
    const client = new Connection({
      connectionString: directUrl(),
      connectionTimeoutMillis: PROBE_PATIENCE,
      query_timeout: PROBE_PATIENCE,
    });
    let failures = tries;
    const again = once(() => {
      client.end().catch(() => {});
      const wait = WAITS[Math.min(failures, WAITS.length - 1)];
      if (!this.isClosed) setTimeout(() => this.listen(failures + 1), wait).unref();
    });
    client.on("error", again);
    client.on("end", again);
    client.on("notification", ({ payload = "" }) => this.hear.announced(parseAnnouncement(payload)));

    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      return again();
    }
    this.client = client;
    if (tries > 0) this.hear.missed();
    failures = 0;
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

/** Does it the first time, and nothing afterwards. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
