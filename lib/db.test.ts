import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Prisma } from "@/prisma/client/client";
import { Connection } from "./connection";
import { db, isOutage, namingOutages, prepared, transaction } from "./db";
import { env } from "./env";

/** A connection of somebody else's, who sees ours and can end them. */
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

/** What the application asks in each of its ways, long enough to be met by what happens meanwhile. */
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
};

test("connections that are cut while they are busy are outages, whatever was asked, and end nothing else", async () => {
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
  ["a log-in that Postgres refuses", "28P01"],
  ["a database that is not there", "3D000"],
  ["a server that starts", "57P03"],
  ["a transaction that met another", "40001"],
  ["two transactions that wait for each other", "40P01"],
  ["a lock that was not to be had in time", "55P03"],
  ["a transaction that took too long", "25P04"],
  ["a server that has become a standby", "25006"],
  ["a disk that is full", "53100"],
  ["a disk that fails", "58030"],
  ["a connection that failed", "08006"],
  ["a transaction in which nothing was asked for too long", "25P03"],
])("%s is an outage (%s), past Prisma and by it", async (_, code) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'in words that nobody reads' USING ERRCODE = '${code}'; END $$`;

  await expect(prepared(`raise_${code}`, Prisma.raw(raise))).rejects.toSatisfy(isOutage);
  await expect(db().$executeRawUnsafe(raise)).rejects.toSatisfy(isOutage);
  await expect(transaction((tx) => tx.$executeRawUnsafe(raise))).rejects.toSatisfy(isOutage);
});

test.each(["23505", "22P02", "42P01", "P0001"])("a fault of ours is none, whatever it says (%s)", async (code) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'Client has encountered a connection error' USING ERRCODE = '${code}'; END $$`;

  await expect(prepared(`raise_${code}`, Prisma.raw(raise))).rejects.not.toSatisfy(isOutage);
  await expect(db().$executeRawUnsafe(raise)).rejects.not.toSatisfy(isOutage);
});

test("a transaction whose end did not come through is not gone on with by the next who asks", async () => {
  const { key } = tally();
  // Each statement waits for the operator's lock, longer than anything is waited for.
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

test("whoever waits for a connection longer than a page may hang meets an outage", async () => {
  // More than there are connections for, twice over.
  const asked = Array.from({ length: 40 }, () => prepared("slower", Prisma.sql`SELECT pg_sleep(0.9)`));
  const failures = (await Promise.allSettled(asked)).flatMap((one) => (one.status === "rejected" ? one.reason : []));

  expect(failures).not.toHaveLength(0);
  for (const failure of failures) expect(failure).toSatisfy(isOutage);
});

/** A server in the place of Postgres that does this with each connection. */
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
  ["nobody knows the name of", () => "postgresql://nobody@nowhere.invalid/nowhere"],
  ["says nothing", () => serverThat(() => {})],
  ["hangs up", () => serverThat((socket) => socket.end())],
  ["breaks the connection", () => serverThat((socket) => socket.once("data", () => socket.resetAndDestroy()))],
])("a server that %s is an outage, in whatever way it is asked", async (_what, url) => {
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
  "what the system says of a network that has failed is an outage (%s)",
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
