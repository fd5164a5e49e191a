import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapter, SqlQuery, SqlQueryable } from "@prisma/driver-adapter-utils";
import { Client, type ClientConfig, defaults, types } from "pg";
import { Following, hostsOf } from "./following";

/**
 * How Postgres writes times and strings on our connections. Otherwise it would follow the settings
 * of its server, the database, the role or `PGOPTIONS`. Only parameters that PgBouncer tracks for
 * each client can stand here: it refuses all others at the start of a connection (docs/deploy.md).
 */
const STYLE = { TimeZone: "UTC", DateStyle: "ISO, MDY", standard_conforming_strings: "on" };

/**
 * When a connection breaks, its queries fail anyway. But its error event, without a listener, would
 * end the process.
 */
const ignore = () => {};

/**
 * A connection to Postgres with our own time zone and style. All of Latchkey uses it: the pool,
 * single connections and tests. It listens for its own errors for its whole life, because pg-pool
 * stops listening when it hands a connection out.
 */
export class Connection extends Client {
  /** Follows the primary, if the URL names several hosts. */
  private readonly following: Following | null;

  constructor(config?: ClientConfig | string) {
    const url = typeof config === "string" ? config : config?.connectionString;
    const hosts = hostsOf(url);
    super(hosts ? { ...(typeof config === "object" && config), connectionString: hosts.first } : config);
    this.following = hosts && new Following(this, hosts);
    this.on("error", ignore);
    this.setTypeParser(types.builtins.TIMESTAMPTZ, (text: string) => new Date(instantOf(text)));
  }

  /** Connects. Of several hosts, to the one that takes writes; throws NoPrimary if none does. */
  override connect(): Promise<Client>;
  override connect(callback: (error: Error | null, client?: Client) => void): void;
  override connect(callback?: (error: Error | null, client?: Client) => void): Promise<Client> | undefined {
    const connected = this.following ? this.following.connect(() => super.connect()) : super.connect();
    if (!callback) return connected;
    connected.then((client) => callback(null, client), callback);
    return undefined;
  }

  /** Called before each query. */
  expectResponse(): void {
    this.following?.expectResponse();
  }

  /**
   * The parameters of the startup message. pg calls this. They take precedence over `options`, and
   * so over `PGOPTIONS`.
   */
  getStartupConf(): Record<string, string> {
    return { ...startupConf.call(this), ...STYLE };
  }
}

type Internals = { getStartupConf(): Record<string, string>; query(asked: unknown, ...rest: unknown[]): unknown };
const { getStartupConf: startupConf, query } = Client.prototype as unknown as Internals;

// Prisma's adapter passes a parser of its own, which reads every time as UTC, whatever its offset says.
Connection.prototype.query = function (this: Connection, asked: unknown, ...rest: unknown[]) {
  this.expectResponse();
  return query.call(this, readingInstants(asked), ...rest);
} as Client["query"];

type Parsers = { getTypeParser(oid: number, format?: string): unknown };

function readingInstants(asked: unknown): unknown {
  const { types: its } = (asked ?? {}) as { types?: Parsers };
  if (!its) return asked;
  const getTypeParser: Parsers["getTypeParser"] = (oid, format) =>
    oid === types.builtins.TIMESTAMPTZ && format !== "binary" ? instantOf : its.getTypeParser(oid, format);
  return { ...(asked as object), types: { getTypeParser } };
}

// pg would write a Date in local time with its offset. That is wrong where the offset includes seconds.
defaults.parseInputDatesAsUTC = true;

/** The ends of the calendar. Times beyond it become one of these, so that arithmetic on them still gives a Date. */
const FIRST = "0001-01-01T00:00:00.000Z";
const LAST = "9999-12-31T23:59:59.999Z";

/**
 * Converts a time as Postgres writes it to ISO 8601 in UTC. Times that no calendar has, such as
 * `infinity`, become its first or last moment.
 */
export function instantOf(text: string): string {
  if (/^-infinity$| BC$/.test(text)) return FIRST;
  if (/^infinity$|^\d{5,}-/.test(text)) return LAST;

  const [, local, sign, ...offset] =
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(text) ?? [];
  if (!local) throw new Error(`Postgres wrote a time in an unexpected style: ${text}`);
  const [hours, minutes, seconds] = offset.map((part) => Number(part ?? 0)) as [number, number, number];
  const ahead = ((hours * 60 + minutes) * 60 + seconds) * (sign === "-" ? -1000 : 1000);
  return new Date(Date.parse(`${local.replace(" ", "T")}Z`) - ahead).toISOString();
}

/**
 * Prisma's adapter, made to send times with their offset. Without it, Postgres would read them in
 * the time zone of the session.
 */
export class Adapter extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => writingInstants(await start(level));
    return writingInstants(adapter);
  }
}

function writingInstants<T extends SqlQueryable | SqlDriverAdapter>(to: T): T {
  const { queryRaw, executeRaw } = to;
  to.queryRaw = (asked) => queryRaw.call(to, withOffsets(asked));
  to.executeRaw = (asked) => executeRaw.call(to, withOffsets(asked));
  return to;
}

/** Returns the query with its times as text, which the adapter passes on unchanged. */
function withOffsets({ sql, args, argTypes }: SqlQuery): SqlQuery {
  const written = argTypes.map((type, position) => {
    const value = args[position];
    const isInstant = value instanceof Date || (type.scalarType === "datetime" && typeof value === "string");
    return isInstant
      ? { value: writtenInstant(new Date(value)), type: { ...type, scalarType: "string" as const } }
      : { value, type };
  });
  return { sql, args: written.map(({ value }) => value), argTypes: written.map(({ type }) => type) };
}

/**
 * Writes a time for Postgres as ISO 8601. Times beyond the calendar become its end: Postgres cannot
 * read them in that style.
 */
function writtenInstant(time: Date): string {
  const [first, last] = [Date.parse(FIRST), Date.parse(LAST)];
  return new Date(Math.min(Math.max(time.getTime(), first), last)).toISOString();
}
