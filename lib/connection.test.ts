/** @module-tag time */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Prisma } from "@/prisma/client/client";
import { Connection, instantOf } from "./connection";
import { type Database, db, prepared, transaction } from "./db";
import { env } from "./env";

/** Zones in which a mistake shows: whole, half and quarter hours from UTC, and clocks that change for summer. */
const ZONES = ["Asia/Seoul", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"];

/**
 * The start of summer time in New York, and both passes of the hour that its end repeats. Then the
 * first moment that the table accepts, with milliseconds; in some zones that is a day in 1969.
 */
const MOMENTS = [
  "2026-03-08T07:00:00.000Z",
  "2026-11-01T05:30:00.000Z",
  "2026-11-01T06:30:00.000Z",
  "1970-01-01T00:00:00.001Z",
];

afterEach(() => vi.unstubAllEnvs());

test("a connection uses UTC and our styles, whatever its database and its environment say", async () => {
  vi.stubEnv("PGOPTIONS", "-c timezone=Asia/Seoul -c datestyle=SQL -c standard_conforming_strings=off");
  vi.stubEnv("PGTZ", "Asia/Seoul");
  vi.stubEnv("PGDATESTYLE", "German");

  const here = await asked(
    "SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS dates, now()::text AS now, '\\\\' AS strings",
  );
  expect(here).toMatchObject({
    zone: "UTC",
    dates: "ISO, MDY",
    strings: "\\\\",
    now: expect.stringMatching(/^\d{4}-\d\d-\d\d .*\+00$/),
  });
  // Other values are set for the database itself, by cli/commands/test.ts.
  const [there] = await db().$queryRaw<{ settings: string[] }[]>`
    SELECT setconfig AS settings FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`;
  expect(there?.settings).toEqual(
    expect.arrayContaining([expect.stringMatching(/^TimeZone=(?!UTC)/), "DateStyle=SQL, DMY"]),
  );
});

test("the pool's connections use UTC and our styles, for Prisma and within a transaction, too", async () => {
  const zone = Prisma.sql`SELECT current_setting('TimeZone') || ', ' || current_setting('DateStyle') AS of`;

  expect(await prepared("zone", zone)).toEqual([{ of: "UTC, ISO, MDY" }]);
  expect(await db().$queryRaw(zone)).toEqual([{ of: "UTC, ISO, MDY" }]);
  expect(await transaction((tx) => tx.$queryRaw(zone))).toEqual([{ of: "UTC, ISO, MDY" }]);
});

// As behind a pooler that forgets the settings from the start of a connection.
describe.each(ZONES)("in a Postgres session with the time zone %s", (zone) => {
  const inZone = <T>(work: (tx: Database) => Promise<T>) =>
    transaction(async (tx) => {
      await tx.$executeRaw`SELECT set_config('TimeZone', ${zone}, true)`;
      return work(tx);
    });

  test.each(MOMENTS)("%s is written and read as the same moment", async (text) => {
    const at = new Date(text);
    const key = `address:${randomUUID()}`;
    const found = await inZone(async (tx) => {
      await tx.throttle.create({ data: { key, level: 0, failures: 0, freeAt: at, triedAt: at } });
      const byPrisma = await tx.throttle.findFirst({ where: { key, freeAt: at, triedAt: { lte: at, gte: at } } });
      const [row] = await tx.$queryRaw<{ at: Date; seconds: number; isSame: boolean }[]>`
        SELECT free_at AS at, extract(epoch FROM free_at)::float8 AS seconds, free_at = ${at} AS "isSame" FROM throttles WHERE key = ${key}`;
      await tx.throttle.delete({ where: { key } });
      return { byPrisma, row };
    });

    expect(found.byPrisma).toMatchObject({ freeAt: at, triedAt: at });
    expect(found.row).toMatchObject({ at, isSame: true });
    expect(Math.round((found.row?.seconds ?? 0) * 1000)).toBe(at.getTime());
  });
});

test.each([...ZONES, "Africa/Monrovia"])("on a machine in %s a moment is sent unchanged", async (zone) => {
  vi.stubEnv("TZ", zone);
  // At that time, Monrovia's clocks were 44 minutes and 30 seconds behind UTC.
  const at = new Date("1970-06-01T12:00:00.250Z");

  expect(await asked("SELECT $1::timestamptz AS at, ($1::timestamptz)::text AS text", [at])).toEqual({
    at,
    text: "1970-06-01 12:00:00.25+00",
  });
});

test.each([
  ["-271821-04-20T00:00:00.000Z", "0001-01-01 00:00:00+00"],
  ["-000712-01-01T00:00:00.000Z", "0001-01-01 00:00:00+00"],
  ["+010000-01-01T00:00:00.000Z", "9999-12-31 23:59:59.999+00"],
  ["+275760-09-13T00:00:00.000Z", "9999-12-31 23:59:59.999+00"],
])("%s is beyond the calendar, and is sent as %s", async (text, end) => {
  const [row] = await db().$queryRaw<{ text: string }[]>`SELECT (${new Date(text)}::timestamptz)::text AS text`;
  expect(row).toEqual({ text: end });
});

test.each([
  ["2026-11-28 17:05:38+00", "2026-11-28T17:05:38.000Z"],
  ["2026-11-28 17:05:38.5+05:45", "2026-11-28T11:20:38.500Z"],
  ["1900-01-01 00:00:00-00:44:30", "1900-01-01T00:44:30.000Z"],
  ["2026-11-28 17:05:38.123456-03:30", "2026-11-28T20:35:38.123Z"],
  ["infinity", "9999-12-31T23:59:59.999Z"],
  ["-infinity", "0001-01-01T00:00:00.000Z"],
  ["0044-03-15 12:00:00+00 BC", "0001-01-01T00:00:00.000Z"],
  ["294276-12-31 23:59:59.999+00", "9999-12-31T23:59:59.999Z"],
])("a time that Postgres writes as %s is read as %s", (text, instant) => {
  expect(instantOf(text)).toBe(instant);
});

test.each([
  "28/11/2026 22:50:38 +0545",
  "28.11.2026 17:05:38 UTC",
  "Sat 28 Nov 17:05:38 2026 UTC",
  "2026-11-28 17:05:38",
])("a time in another style is refused instead of guessed at: %s", (text) => {
  expect(() => instantOf(text)).toThrow("an unexpected style");
});

test("an idle connection that breaks does not end the process", async () => {
  const [connection, operator] = [new Connection(env().DATABASE_URL), new Connection(env().DATABASE_URL)];
  await Promise.all([connection.connect(), operator.connect()]);
  const { rows } = await connection.query("SELECT pg_backend_pid() AS pid");
  // An error event without a listener is thrown, and nothing could catch it.
  const uncaught = vi.fn();
  process.prependListener("uncaughtException", uncaught);
  // Not with the `once` of node:events, which would listen for errors as well.
  const ended = new Promise<void>((resolve) => connection.once("end", () => resolve()));
  await operator.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
  await ended;
  process.off("uncaughtException", uncaught);
  await operator.end();

  expect(uncaught).not.toHaveBeenCalled();
});

/** Runs a statement on a new connection, and returns the first row. */
async function asked(sql: string, values: unknown[] = []): Promise<unknown> {
  const connection = new Connection(env().DATABASE_URL);
  await connection.connect();
  try {
    return (await connection.query(sql, values)).rows[0];
  } finally {
    await connection.end();
  }
}
