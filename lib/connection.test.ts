/** @module-tag time */
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Prisma } from "@/prisma/client/client";
import { Connection, instantOf } from "./connection";
import { type Database, db, prepared, transaction } from "./db";
import { env } from "./env";

/** Where a mistake shows: hours from UTC, halves and quarters of one, and days of 23 and 25 hours. */
const ZONES = ["Asia/Seoul", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"];

/** New York's clocks go forward; the hour that they have twice, both times; and the first moment that a table takes, which is a day of 1969 in some zones, with milliseconds. */
const MOMENTS = [
  "2026-03-08T07:00:00.000Z",
  "2026-11-01T05:30:00.000Z",
  "2026-11-01T06:30:00.000Z",
  "1970-01-01T00:00:00.001Z",
];

afterEach(() => vi.unstubAllEnvs());

test("a connection is in UTC and in our styles, whatever its database and its surroundings say", async () => {
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
  // What the database would have said: cli/commands/test.ts has set it.
  const [there] = await db().$queryRaw<{ settings: string[] }[]>`
    SELECT setconfig AS settings FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()`;
  expect(there?.settings).toEqual(
    expect.arrayContaining([expect.stringMatching(/^TimeZone=(?!UTC)/), "DateStyle=SQL, DMY"]),
  );
});

test("the pool's connections are such connections, also for Prisma and within a transaction", async () => {
  const zone = Prisma.sql`SELECT current_setting('TimeZone') || ', ' || current_setting('DateStyle') AS of`;

  expect(await prepared("zone", zone)).toEqual([{ of: "UTC, ISO, MDY" }]);
  expect(await db().$queryRaw(zone)).toEqual([{ of: "UTC, ISO, MDY" }]);
  expect(await transaction((tx) => tx.$queryRaw(zone))).toEqual([{ of: "UTC, ISO, MDY" }]);
});

// As behind a pooler that forgets what a connection began with.
describe.each(ZONES)("in a session in %s", (zone) => {
  const inZone = <T>(work: (tx: Database) => Promise<T>) =>
    transaction(async (tx) => {
      await tx.$executeRaw`SELECT set_config('TimeZone', ${zone}, true)`;
      return work(tx);
    });

  test.each(MOMENTS)("%s is written and read as that moment", async (text) => {
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

test.each([...ZONES, "Africa/Monrovia"])("on a machine in %s a moment is sent as it is", async (zone) => {
  vi.stubEnv("TZ", zone);
  // In Monrovia's zone at that time, the clocks were 44 minutes and 30 seconds behind.
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
])("%s is beyond the calendar, and is asked with as its end", async (text, end) => {
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
])("Postgres's %s is %s", (text, instant) => {
  expect(instantOf(text)).toBe(instant);
});

test.each([
  "28/11/2026 22:50:38 +0545",
  "28.11.2026 17:05:38 UTC",
  "Sat 28 Nov 17:05:38 2026 UTC",
  "2026-11-28 17:05:38",
])("a time in another style is refused, and not guessed at: %s", (text) => {
  expect(() => instantOf(text)).toThrow("a style that we did not ask for");
});

test("a connection that breaks while nothing is asked on it ends nothing else", async () => {
  const [connection, operator] = [new Connection(env().DATABASE_URL), new Connection(env().DATABASE_URL)];
  await Promise.all([connection.connect(), operator.connect()]);
  const { rows } = await connection.query("SELECT pg_backend_pid() AS pid");
  // What nobody listens to is thrown, and would be nobody's to catch.
  const uncaught = vi.fn();
  process.prependListener("uncaughtException", uncaught);
  // Not by `once`, which would listen to errors as well.
  const ended = new Promise<void>((resolve) => connection.once("end", () => resolve()));
  await operator.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
  await ended;
  process.off("uncaughtException", uncaught);
  await operator.end();

  expect(uncaught).not.toHaveBeenCalled();
});

/** What a connection of its own is answered. */
async function asked(sql: string, values: unknown[] = []): Promise<unknown> {
  const connection = new Connection(env().DATABASE_URL);
  await connection.connect();
  try {
    return (await connection.query(sql, values)).rows[0];
  } finally {
    await connection.end();
  }
}
