import { randomUUID } from "node:crypto";
import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Wire, wireTo } from "@/testing/wire";
import { Connection } from "./connection";
import { db, isOutage, onceEnded, pipelined, type Statements, transaction } from "./db";
import { env } from "./env";
import { Pipeline, withCommit } from "./pipeline";

let wire: Wire;
let pool: Pool;

beforeAll(async () => {
  wire = await wireTo(env().DATABASE_URL);
  pool = new Pool({ Client: Connection, connectionString: wire.url, pipeline: true, max: 1 });
});

afterAll(async () => {
  await pool.end();
  wire.close();
});

const insert = (tx: Statements, key: string) =>
  tx.$executeRaw`INSERT INTO throttles (key, level, failures, free_at, tried_at) VALUES (${key}, 1, 1, now(), now())`;
const find = (key: string) => db().throttle.findUnique({ where: { key } });

test("a pipeline begins with its first statements and commits with its last: two round trips", async () => {
  const client = await pool.connect();
  const keys = [randomUUID(), randomUUID()];
  wire.trips.length = 0;
  const tx = new Pipeline(client);
  const [one, two] = await Promise.all([
    tx.$queryRaw<{ one: number }[]>`SELECT 1 AS one`,
    tx.$queryRaw<{ two: number }[]>`SELECT ${2}::int AS two`,
  ]);
  for (const key of keys) await withCommit(tx, insert(tx, key));
  expect(await tx.commit()).toBe(true);
  client.release();

  expect([one, two]).toEqual([[{ one: 1 }], [{ two: 2 }]]);
  expect(wire.trips.map((trip) => trip.map(({ sql }) => sql.trim().split(" ")[0]))).toEqual([
    ["BEGIN", "SELECT", "SELECT"],
    ["INSERT", "INSERT", "COMMIT"],
  ]);
  for (const key of keys) expect(await find(key)).not.toBeNull();
});

test("outside of a pipeline, work that a COMMIT would wait for is done at once", async () => {
  const key = randomUUID();
  await transaction(async (tx) => {
    await withCommit(tx, insert(tx, key));
    expect(await tx.throttle.count({ where: { key } })).toBe(1);
  });
});

test("if a statement of a pipeline fails, nothing happens, even if it leaves with the COMMIT, and its own error is thrown", async () => {
  const keys = [randomUUID(), randomUUID()];
  for (const isLast of [false, true]) {
    const outcomes: string[] = [];
    const failing = pipelined(async (tx) => {
      onceEnded(tx, (outcome) => {
        outcomes.push(outcome);
      });
      const all = [insert(tx, `${keys[0]}`), tx.$queryRaw`SELECT 1 / 0`, insert(tx, `${keys[1]}`)];
      if (isLast) for (const one of all) await withCommit(tx, one);
      else await Promise.all(all);
    });
    await expect(failing).rejects.toMatchObject({ message: "division by zero", code: "22012" });
    expect(outcomes).toEqual(["rolled-back"]);
  }
  for (const key of keys) expect(await find(key)).toBeNull();
});

test("a pipeline that its own work gives up is rolled back", async () => {
  const key = randomUUID();
  const givenUp = pipelined(async (tx) => {
    await insert(tx, key);
    throw new Error("no");
  });

  await expect(givenUp).rejects.toThrow("no");
  expect(await find(key)).toBeNull();
});

test("a pipeline sends no statement after its COMMIT", async () => {
  let after: Promise<unknown> = Promise.resolve();
  await pipelined(async (tx) => {
    const late = async () => {
      await tx.$queryRaw`SELECT 1`;
      await insert(tx, "late");
    };
    after = late();
    after.catch(() => {});
  });

  await expect(after).rejects.toThrow("over");
  expect(await find("late")).toBeNull();
});

test("a pipeline runs again after a write conflict, and another failure of the database is an outage", async () => {
  const raise = (tx: Statements, code: string) =>
    tx.$queryRaw`SELECT set_config('test.code', ${code}, true)`.then(
      () => tx.$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = current_setting('test.code'); END $$`,
    );
  let tries = 0;
  const key = randomUUID();
  await pipelined(async (tx) => {
    await insert(tx, key);
    if (++tries < 3) await raise(tx, "40001");
  });
  expect(tries).toBe(3);
  expect(await find(key)).not.toBeNull();

  await expect(pipelined((tx) => raise(tx, "57P01"))).rejects.toSatisfy(isOutage);
});
