import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Prisma } from "@/prisma/client/client";
import { Connection } from "./connection";
import {
  type Database,
  db,
  isOutage,
  namingOutages,
  onceCommitted,
  onceEnded,
  pipelined,
  prepared,
  transaction,
} from "./db";
import { env } from "./env";
import { withCommit } from "./pipeline";

/** A separate connection, which can see and end those of the application. */
const operator = new Connection(env().DATABASE_URL);

beforeAll(() => operator.connect().then(() => {}));
afterAll(() => operator.end());

const tally = () => ({
  key: `address:${randomUUID()}`,
  level: 1,
  failures: 1,
  freeAt: new Date(),
  triedAt: new Date(),
});

/** A query in each of the ways that the application has, slow enough to be interrupted. */
const WAYS: Record<string, () => Promise<unknown>> = {
  prepared: () => prepared("slow", Prisma.sql`SELECT pg_sleep(0.003)`),
  read: () => db().user.findMany({ take: 5, include: { sessions: true } }),
  raw: () => db().$queryRaw`SELECT pg_sleep(0.003)::text`,
  transaction: () =>
    transaction(async (tx) => {
      const data = tally();
      await tx.throttle.create({ data });
      await tx.$executeRaw`SELECT pg_sleep(0.002)`;
      await tx.throttle.delete({ where: { key: data.key } });
    }),
  pipelined: () =>
    pipelined(async (tx) => {
      await Promise.all([tx.$queryRaw`SELECT pg_sleep(0.001)`, tx.$queryRaw`SELECT pg_sleep(0.001)`]);
      await withCommit(tx, tx.$queryRaw`SELECT pg_sleep(0.001)`);
    }),
};

test("cutting busy connections causes outages in every kind of query, and no other error", async () => {
  const outcomes = { outages: 0, others: [] as unknown[] };
  let isOver = false;
  const asking = Object.values(WAYS).flatMap((ask) =>
    Array.from({ length: 5 }, async () => {
      while (!isOver)
        await ask().catch((error) => (isOutage(error) ? outcomes.outages++ : outcomes.others.push(error)));
    }),
  );
  while (outcomes.outages < 100) {
    await operator.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2`);
    await pause(20);
  }
  isOver = true;
  await Promise.all(asking);

  expect(outcomes.others).toEqual([]);
  await expect(db().$queryRaw`SELECT 1 AS one`).resolves.toEqual([{ one: 1 }]);
});

test.each([
  ["a log-in to Postgres that is refused", "28P01"],
  ["a database that does not exist", "3D000"],
  ["a server that is starting", "57P03"],
  ["a database that accepts no connections", "55000"],
  ["a write conflict", "40001"],
  ["a deadlock", "40P01"],
  ["a lock that is not available in time", "55P03"],
  ["a transaction that took too long", "25P04"],
  ["a server that has become read-only", "25006"],
  ["a full disk", "53100"],
  ["a failing disk", "58030"],
  ["a failed connection", "08006"],
  ["a transaction that was idle for too long", "25P03"],
])("%s is an outage (%s), with Prisma and without", async (_, code) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'in words that nobody reads' USING ERRCODE = '${code}'; END $$`;

  await expect(prepared(`raise_${code}`, Prisma.raw(raise))).rejects.toSatisfy(isOutage);
  await expect(db().$executeRawUnsafe(raise)).rejects.toSatisfy(isOutage);
  await expect(transaction((tx) => tx.$executeRawUnsafe(raise))).rejects.toSatisfy(isOutage);
});

test.each(["23505", "22P02", "42P01", "P0001"])(
  "a mistake in a statement is not an outage, whatever its message says (%s)",
  async (code) => {
    const raise = `DO $$ BEGIN RAISE EXCEPTION 'Client has encountered a connection error' USING ERRCODE = '${code}'; END $$`;

    await expect(prepared(`raise_${code}`, Prisma.raw(raise))).rejects.not.toSatisfy(isOutage);
    await expect(db().$executeRawUnsafe(raise)).rejects.not.toSatisfy(isOutage);
  },
);

test("a transaction whose end did not reach Postgres is not continued by the next user of its connection", async () => {
  const { key } = tally();
  // The statement waits for the lock of the operator until the application gives up.
  await operator.query("BEGIN; LOCK TABLE known_browsers");
  const stuck = transaction(async (tx) => {
    await tx.throttle.create({ data: { ...tally(), key } });
    await tx.$executeRaw`SET LOCAL statement_timeout = 0`;
    await tx.knownBrowser.count();
  });
  await expect(stuck).rejects.toSatisfy(isOutage);
  await operator.query("ROLLBACK");

  await Promise.all(Array.from({ length: 20 }, () => transaction((tx) => tx.$queryRaw`SELECT 1`)));
  expect(await db().throttle.findUnique({ where: { key } })).toBeNull();
});

test("work for the end of a transaction learns how it ended, once for each attempt", async () => {
  const heard: string[] = [];
  const noting = (name: string) => (tx: Database) =>
    onceEnded(tx, (outcome) => {
      heard.push(`${name} ${outcome}`);
    });
  await transaction(async (tx) => noting("good")(tx));
  await transaction(async (tx) => {
    noting("bad")(tx);
    onceCommitted(tx, () => heard.push("never"));
    throw new Error("no");
  }).catch(() => {});
  let tries = 0;
  await transaction(async (tx) => {
    noting(`try ${++tries}`)(tx);
    const raise = "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$";
    if (tries === 1) await tx.$executeRawUnsafe(raise);
  });
  noting("none")(db());

  expect(heard).toEqual([
    ...["good committed", "bad rolled-back", "try 1 rolled-back", "try 2 committed", "none committed"],
  ]);
});

test.each([
  ["transaction", transaction],
  ["pipeline", pipelined],
])("a %s whose COMMIT gets no response has an unknown outcome", async (_, begin) => {
  const heard: string[] = [];
  const lost = begin(async (tx) => {
    onceEnded(tx, (outcome) => {
      heard.push(outcome);
    });
    const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await operator.query("SELECT pg_terminate_backend($1, 1000)", [row?.pid]);
  });

  await expect(lost).rejects.toSatisfy(isOutage);
  expect(heard).toEqual(["unknown"]);
});

test("waiting too long for a free connection is an outage", async () => {
  // Twice as many as the pool can serve in time.
  const asked = Array.from({ length: 40 }, () => prepared("slower", Prisma.sql`SELECT pg_sleep(0.9)`));
  const failures = (await Promise.allSettled(asked)).flatMap((one) => (one.status === "rejected" ? one.reason : []));

  expect(failures).not.toHaveLength(0);
  for (const failure of failures) expect(failure).toSatisfy(isOutage);
});

/** Starts a server in place of Postgres that handles each connection like this. Returns its URL. */
async function serverThat(meets: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => meets(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return `postgresql://nobody@127.0.0.1:${(server.address() as { port: number }).port}/nowhere`;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test.each<[string, () => string | Promise<string>]>([
  ["does not listen", () => "postgresql://nobody@127.0.0.1:1/nowhere"],
  ["has an unknown host name", () => "postgresql://nobody@nowhere.invalid/nowhere"],
  ["never responds", () => serverThat(() => {})],
  ["closes the connection", () => serverThat((socket) => socket.end())],
  ["resets the connection", () => serverThat((socket) => socket.once("data", () => socket.resetAndDestroy()))],
])("every kind of query to a server that %s fails as an outage", async (_what, url) => {
  const process = globalThis as { latchkeyPool?: unknown; latchkeyDb?: unknown };
  const own = { latchkeyPool: process.latchkeyPool, latchkeyDb: process.latchkeyDb };
  vi.resetModules();
  vi.stubEnv("DATABASE_URL", await url());
  delete process.latchkeyPool;
  delete process.latchkeyDb;
  const there = await import("./db");
  const asked = await Promise.allSettled([
    there.prepared("one", Prisma.sql`SELECT 1`),
    there.db().$queryRaw`SELECT 1`,
    there.transaction((tx) => tx.$queryRaw`SELECT 1`),
  ]);
  vi.unstubAllEnvs();
  Object.assign(process, own);

  for (const one of asked) expect(one).toMatchObject({ status: "rejected", reason: { name: "Outage" } });
});

test.each(["EPIPE", "ETIMEDOUT", "EAI_AGAIN", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"])(
  "a network error of the operating system is an outage (%s)",
  async (code) => {
    const failing = namingOutages(() =>
      Promise.reject(Object.assign(new Error("in words that nobody reads"), { code })),
    );
    await expect(failing).rejects.toSatisfy(isOutage);
  },
);

test("a transaction that takes too long between its statements is an outage", async () => {
  const slow = transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1`;
    await pause(2500);
    await tx.$queryRaw`SELECT 1`;
  });
  await expect(slow).rejects.toSatisfy(isOutage);
});
