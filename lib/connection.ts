import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapter, SqlQuery, SqlQueryable } from "@prisma/driver-adapter-utils";
import { Client, type ClientConfig, defaults, types } from "pg";

/**
 * How Postgres talks to us. It would take this from its server, the database, the role or
 * `PGOPTIONS` otherwise. Only what PgBouncer keeps for each of its clients stands here: it
 * refuses every other parameter at the start of a connection (docs/deploy.md).
 */
const STYLE = { TimeZone: "UTC", DateStyle: "ISO, MDY", standard_conforming_strings: "on" };

/** A connection that breaks fails what is asked on it. An error event that nothing listens to would end the process. */
const ignore = () => {};

/**
 * A connection to Postgres, for all that Latchkey asks: in its pool, alone, and in tests.
 * It fixes zone and style for itself, and listens to its errors for its whole life: pg-pool
 * stops listening when it hands a connection out.
 */
export class Connection extends Client {
  constructor(config?: ClientConfig | string) {
    super(config);
    this.on("error", ignore);
    this.setTypeParser(types.builtins.TIMESTAMPTZ, (text: string) => new Date(instantOf(text)));
  }

  /** What is sent first of all. pg calls it; parameters win over `options`, and so over `PGOPTIONS`. */
  getStartupConf(): Record<string, string> {
    return { ...startupConf.call(this), ...STYLE };
  }
}

type Internals = { getStartupConf(): Record<string, string>; query(asked: unknown, ...rest: unknown[]): unknown };
const { getStartupConf: startupConf, query } = Client.prototype as unknown as Internals;

// Prisma's adapter brings a reader of its own along, which reads a time as if its zone were UTC, whatever it is.
Connection.prototype.query = function (this: Connection, asked: unknown, ...rest: unknown[]) {
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

// pg would write a Date by this machine's clock, and offset: right, unless the offset has seconds in it.
defaults.parseInputDatesAsUTC = true;

/** The ends of the calendar, for a time that is beyond it: arithmetic with them still gives a Date. */
const FIRST = "0001-01-01T00:00:00.000Z";
const LAST = "9999-12-31T23:59:59.999Z";

/** A time as Postgres writes it, as ISO 8601 in UTC. What no calendar has, such as `infinity`, is the first or the last moment that one has. */
export function instantOf(text: string): string {
  if (/^-infinity$| BC$/.test(text)) return FIRST;
  if (/^infinity$|^\d{5,}-/.test(text)) return LAST;

  const [, local, sign, ...offset] =
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(text) ?? [];
  if (!local) throw new Error(`Postgres wrote a time in a style that we did not ask for: ${text}`);
  const [hours, minutes, seconds] = offset.map((part) => Number(part ?? 0)) as [number, number, number];
  const ahead = ((hours * 60 + minutes) * 60 + seconds) * (sign === "-" ? -1000 : 1000);
  return new Date(Date.parse(`${local.replace(" ", "T")}Z`) - ahead).toISOString();
}

/** Prisma's adapter, which writes a time without its offset, so that it would be read in the zone of the session. This one writes it. */
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

/** The same with its times as text, which the adapter leaves as it is. */
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

/** A time for Postgres, as ISO 8601; one beyond the calendar, which Postgres cannot read in that style, as the calendar's end. */
function writtenInstant(time: Date): string {
  const [first, last] = [Date.parse(FIRST), Date.parse(LAST)];
  return new Date(Math.min(Math.max(time.getTime(), first), last)).toISOString();
}
