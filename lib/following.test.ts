import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Prisma } from "@/prisma/client/client";
import { createBase, lacksForStandby, type Pair, startPair, until } from "@/testing/standby";

vi.setConfig({ testTimeout: 120_000 });

const FOLDER = ".test/failover";
const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };
const BROWSER = { ...HERE, publicComputer: false, previousToken: null };
const lack = lacksForStandby();

let pair: Pair;

beforeAll(async () => {
  if (!lack) await createBase(FOLDER);
});

/** The application's modules, as a new process has them, with the database of both hosts. */
async function newProcess() {
  vi.resetModules();
  vi.stubEnv("DATABASE_URL", `${pair.url}?application_name=of-tests`);
  for (const name of ["latchkeyPool", "latchkeyDb", "latchkeyHosts", "latchkeyLoader"])
    Reflect.deleteProperty(globalThis, name);
  const [{ prepared, transaction, isOutage }, { sessionStore }, { createUser }] = await Promise.all([
    import("@/lib/db"),
    import("@/lib/session/store"),
    import("@/lib/users/store"),
  ]);
  return {
    isOutage,
    /** The port of the server that took a change. */
    write: async () => {
      const [row] = await prepared<{ port: number }>(
        null,
        Prisma.sql`UPDATE users SET name = name RETURNING inet_server_port() AS port`,
      );
      return row?.port;
    },
    newUser: () =>
      createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "user" }),
    logIn: async (user: { id: string }) => (await transaction((tx) => sessionStore().create(tx, user, BROWSER))).token,
    logOutEverywhere: ({ id: userId }: { id: string }) =>
      transaction((tx) => sessionStore().end(tx, { userId, except: null }, "revoked", HERE)),
    isActive: async (token: string) => (await sessionStore().find(token)) !== null,
  };
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await pair?.stop();
});

describe.skipIf(lack)(`a database with two hosts${lack ? ` (skipped: ${lack})` : ""}`, () => {
  test.each(["kill", "hang"] as const)(
    "log-ins work within 3 seconds after a standby is promoted, and all sessions go on (%s)",
    async (fault) => {
      pair = await startPair(FOLDER);
      const { newUser, logIn, isActive, isOutage, write } = await newProcess();
      const user = await newUser();
      const tokens = [await logIn(user), await logIn(user)];
      // Fills the pool with connections to the primary.
      await Promise.all(Array.from({ length: 10 }, write));
      await pair.caughtUp();
      pair.primary[fault]();
      await expect(isActive(String(tokens[0]))).rejects.toSatisfy(isOutage);
      await expect(logIn(user)).rejects.toSatisfy(isOutage);

      await pair.standby.promote();
      const promoted = performance.now();
      await expect.poll(() => logIn(user), { timeout: 5000 }).toBeTruthy();
      expect(performance.now() - promoted).toBeLessThan(3000);
      for (const token of tokens) expect(await isActive(token)).toBe(true);
      expect(await write()).toBe(pair.standby.port);
    },
  );

  test("an old primary that hung, was replaced and wakes up is not used again, by new processes either", async () => {
    pair = await startPair(FOLDER);
    const old = await newProcess();
    await old.newUser();
    await pair.caughtUp();
    pair.primary.hang();
    await pair.standby.promote();
    await expect.poll(old.write, { timeout: 5000 }).toBe(pair.standby.port);

    pair.primary.wake();
    await until(async () => (await pair.primary.query("SELECT 1")).length === 1);
    const fresh = await newProcess();
    for (let count = 0; count < 10; count++)
      expect([await old.write(), await fresh.write()]).toEqual(Array(2).fill(pair.standby.port));
    // The newer primary dies. No answer is better than one from yesterday.
    pair.standby.kill();
    await expect(old.write()).rejects.toSatisfy(old.isOutage);
    const [first, second] = [pair.primary.port, pair.standby.port];
    const cause = async () => String((await old.write().catch((error) => error)).cause);
    await expect
      .poll(cause)
      .toBe(
        `NoPrimary: No host takes writes: 127.0.0.1:${first} was replaced by a newer primary, 127.0.0.1:${second} cannot be used (connect ECONNREFUSED 127.0.0.1:${second})`,
      );
  });

  test("a primary that no longer accepts changes is left for the one that does", async () => {
    pair = await startPair(FOLDER);
    const { write, newUser } = await newProcess();
    await newUser();
    await pair.caughtUp();
    expect(await write()).toBe(pair.primary.port);
    const mine = "SELECT FROM pg_stat_activity WHERE application_name = 'of-tests'";
    expect(await pair.primary.query(mine)).not.toHaveLength(0);

    await pair.standby.promote();
    await pair.primary.query("ALTER SYSTEM SET default_transaction_read_only TO on");
    await pair.primary.query("SELECT pg_reload_conf()");
    await expect.poll(write, { timeout: 3000 }).toBe(pair.standby.port);
  });

  test.each([
    ["is waited for, none of eight endings comes back", true, 0],
    ["is not waited for, all eight endings come back", false, 8],
  ])("when the primary dies and its standby, which %s", async (_what, isSynchronous, count) => {
    pair = await startPair(FOLDER);
    if (isSynchronous) await pair.waitForStandby();
    const { newUser, logIn, logOutEverywhere, isActive } = await newProcess();
    const user = await newUser();
    const tokens = [];
    for (let session = 0; session < 8; session++) tokens.push(await logIn(user));
    await pair.caughtUp();

    pair.delay(800);
    expect(await logOutEverywhere(user)).toBe(8);
    pair.primary.kill();
    await pair.standby.promote();
    await expect.poll(() => logIn(user), { timeout: 5000 }).toBeTruthy();
    const alive = await Promise.all(tokens.map(isActive));
    expect(alive.filter(Boolean)).toHaveLength(count);
  });
});
