// Lets a connection whose URL names several hosts lead to the one that takes writes. libpq does this
// by `target_session_attrs`; pg has nothing for it.

import { Client } from "pg";
import { urlsOfHosts } from "./hosts";
import { NoPrimary, Primary, type Probed } from "./primary";
import { processWide } from "./process-wide";

/** A response that takes longer makes us look whether another host is the primary now, in milliseconds. */
const SLOW = 300;

/** How long a host may take to respond to a probe, in milliseconds. */
const PROBE_PATIENCE = 1500;

/** Postgres's code for a change that a read-only server refuses. */
const READ_ONLY = "25006";

type Target = { host: string; port: number };

/** The hosts of a URL that names several. */
type Hosts = { primary: Primary; targets: Map<string, Target>; first: string };

/** The hosts of a URL, or null if it names one. The connections of a process share what they know about them. */
export function hostsOf(url = ""): Hosts | null {
  const urls = urlsOfHosts(url);
  if (urls.length === 1) return null;
  const known = processWide("latchkeyHosts", () => new Map<string, Hosts>());
  const hosts = known.get(url) ?? newHosts(urls);
  known.set(url, hosts);
  return hosts;
}

function newHosts(urls: string[]): Hosts {
  const targets = new Map(urls.map((url) => [url, targetOf(url)]));
  const named = [...targets].map(([url, target]) => ({ url, name: nameOf(target) }));
  return { primary: new Primary(named, probe), targets, first: String(urls[0]) };
}

function targetOf(url: string): Target {
  const { host, port } = new Client(url);
  return { host, port };
}

function nameOf({ host, port }: Target): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Asks the host of a URL whether it takes writes. Never throws. */
async function probe(url: string): Promise<Probed> {
  const patience = { connectionTimeoutMillis: PROBE_PATIENCE, query_timeout: PROBE_PATIENCE };
  const client = new Client({ connectionString: url, ...patience });
  client.on("error", () => {});
  const ask = async (sql: string) => (await client.query(sql)).rows[0];
  try {
    await client.connect();
    const { is_read_only } = await ask(
      "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS is_read_only",
    );
    if (is_read_only) return { state: "read-only" };
    // A provider may forbid these functions.
    const its = await ask(`
      SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
             ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int AS timeline`).catch(() => null);
    return { state: "primary", system: its?.system ?? "", timeline: its?.timeline ?? 0 };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { state: "silent", why: message || String(code) };
  } finally {
    client.end().catch(() => {});
  }
}

type Message = { code?: string; parameterName?: string; parameterValue?: string };

/** The parts of a pg client that its types leave out. */
type Internals = {
  connection: NodeJS.EventEmitter & {
    stream: { destroyed: boolean; destroy(): void };
    on(event: string, hear: (message: Message) => void): void;
  };
  _ending: boolean;
};

/** Connects one client to the primary, and watches for signs that the primary is another one now. */
export class Following {
  private silence: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: Client,
    private readonly hosts: Hosts,
  ) {}

  /** Connects to the host that takes writes, by `connect`. Throws NoPrimary when there is none. */
  async connect(connect: () => Promise<Client>): Promise<Client> {
    const { primary, targets } = this.hosts;
    const internals = this.client as unknown as Internals;
    const { connection } = internals;
    const url = await primary.find();
    // The pool gave up while we were looking.
    if (connection.stream.destroyed) throw new Error("timeout expired");
    const target = targets.get(url) as Target;
    Object.assign(this.client, target);

    let isStandby = false;
    connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
      if (parameterName === "in_hot_standby") isStandby = parameterValue === "on";
    });
    connection.on("errorMessage", ({ code }) => code === READ_ONLY && primary.leave(url));
    connection.on("readyForQuery", () => this.hearResponse());
    // A server that hangs would never confirm the end of a connection.
    const forget = primary.tie({ url, drop: () => connection.stream.destroy() });
    connection.once("end", () => {
      this.hearResponse();
      forget();
      if (!internals._ending) primary.leave(url);
    });
    await connect();
    // A pooler may tell what was true for an earlier connection of its own.
    if (!isStandby || !(await this.isInRecovery())) return this.client;
    // It was restarted as a standby, where ended sessions may still be alive.
    primary.leave(url);
    connection.stream.destroy();
    throw new NoPrimary(`${nameOf(target)} has become a standby`, true);
  }

  private async isInRecovery(): Promise<boolean> {
    return (await this.client.query("SELECT pg_is_in_recovery() AS is_so")).rows[0].is_so;
  }

  /** A server that hangs sends nothing, and does not close the connection either. */
  expectResponse(): void {
    this.silence ??= setTimeout(() => this.hosts.primary.doubt(), SLOW).unref();
  }

  private hearResponse(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }
}
