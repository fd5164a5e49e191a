// Receives the announcements of all instances from Postgres, on one connection for all streams.

import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@/lib/connection";
import { directUrl } from "@/lib/env";
import { log } from "@/lib/log";
import { type Announcement, CHANNEL, PAGES_CHANNEL } from "@/lib/session/events";

/** How long to wait before each new attempt to listen, in milliseconds. */
const WAITS = [100, 500, 1000, 2000];

/**
 * How often to probe the database server, and how long to wait for its response, in milliseconds.
 * A server that hangs, or that was replaced in a failover, may neither send anything nor close the
 * connection.
 */
const PROBE_INTERVAL = 2000;
const PROBE_PATIENCE = 2000;

type Hear = {
  /** Called for each announcement. */
  announced(announcement: Announcement): void;
  /** Called for each message between instances about open pages. */
  said(payload: string): void;
  /** Called after a gap without a connection. Announcements made during it are lost. */
  missed(): void;
};

/** Listens until `close` is called. Reconnects whenever the connection is lost. */
export class Listener {
  private client: Connection | null = null;
  private isClosed = false;

  private readonly statement: string;

  /** `name` is the name of the connection in `pg_stat_activity`. */
  constructor(
    name: string,
    private readonly hear: Hear,
  ) {
    // `application_name` in the connection string would take precedence over one that the client sends at its start.
    this.statement = `LISTEN ${CHANNEL}; LISTEN ${PAGES_CHANNEL}; SET application_name = '${name}'`;
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
    client.on("notification", ({ channel, payload = "" }) => {
      if (channel === PAGES_CHANNEL) this.hear.said(payload);
      else this.hear.announced(parseAnnouncement(payload));
    });

    try {
      await client.connect();
      await client.query(this.statement);
    } catch {
      return again();
    }
    this.tellOfMove(client);
    this.client = client;
    if (tries > 0) this.hear.missed();
    failures = 0;
    this.probe(client).catch(again);
  }

  /** Logs that the database is on another host now, for operators who follow a failover. */
  private tellOfMove({ host, port }: Connection): void {
    if (this.client && (this.client.host !== host || this.client.port !== port))
      log().warn({ host, port }, "The database takes writes on another host now");
  }

  /** Probes the server while `client` listens. Throws when it does not respond, or has become a standby. */
  private async probe(client: Connection): Promise<void> {
    while (!this.isClosed) {
      await pause(PROBE_INTERVAL, undefined, { ref: false });
      // A second LISTEN changes nothing, and a standby rejects it.
      if (!this.isClosed) await client.query(this.statement);
    }
  }
}

/** Parses an announcement. Other messages on the channel become one that concerns no user. */
function parseAnnouncement(payload: string): Announcement {
  try {
    const { user, ended, receipt } = JSON.parse(payload);
    return {
      user: String(user),
      ended: Array.isArray(ended) ? ended.map(String) : null,
      receipt: typeof receipt === "string" ? receipt : null,
    };
  } catch {
    return { user: "", ended: [], receipt: null };
  }
}

/** Returns a function that runs `work` on its first call only. */
function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
