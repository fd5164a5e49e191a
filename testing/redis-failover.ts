import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { isOutage, transaction } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { redis as store } from "@/lib/session/store/redis";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };

/** How many look-ups Redis has answered. */
async function hits(): Promise<number> {
  const { values } = await metrics().redisLookups.get();
  return values.find(({ labels }) => labels.outcome === "found")?.value ?? 0;
}

async function isIn(token: string): Promise<boolean> {
  return (await store.find(token)) !== null;
}

/**
 * Starts and ends sessions while `lose` takes a primary away, until Redis answers for all of them again.
 * No look-up may take long or fail, nobody may be logged out, and nothing that has ended may
 * be back.
 */
export async function expectFailover(lose: () => Promise<void>): Promise<void> {
  const user = await createUser({
    email: `${randomUUID()}@example.com`,
    name: "A",
    passwordHash: "none",
    role: "user",
  });
  const start = async () => {
    const session = { ...HERE, publicComputer: false, previousToken: null };
    return (await transaction((tx) => store.create(tx, user, session, { kind: "refuse" }))).token;
  };
  const living = new Set<string>();
  const ended = new Set<string>();
  while (living.size < 200) living.add(await start());
  await expect.poll(() => areAllInRedis([...living]), { timeout: 20_000 }).toBe(true);

  let isOver = false;
  let slowest = 0;
  const look = async () => {
    while (!isOver) {
      const token = [...living][Math.floor(Math.random() * living.size)];
      const asked = performance.now();
      const found = token === undefined || (await isIn(token));
      slowest = Math.max(slowest, performance.now() - asked);
      if (!found && living.has(String(token))) throw new Error("An active session was refused");
      for (const gone of [...ended].slice(-3)) if (await isIn(gone)) throw new Error("An ended session is back");
      await pause(5);
    }
  };
  const change = async () => {
    while (!isOver) {
      const [token = ""] = living;
      living.delete(token);
      const end = () =>
        transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE)).catch((error) => {
          if (!isOutage(error)) throw error;
          return null;
        });
      if ((await end()) === 1) ended.add(token);
      living.add(await start());
      await pause(5);
    }
  };
  const working = Promise.all([look(), look(), change()]);
  await pause(500);
  await lose();
  const watched = expect.poll(() => areAllInRedis([...living]), { timeout: 30_000, interval: 200 }).toBe(true);
  await Promise.race([watched, working]);
  isOver = true;
  await working;

  expect(ended.size).toBeGreaterThan(0);
  // A second of waiting for Redis, and the look-up in Postgres on a busy machine.
  expect(slowest).toBeLessThan(3000);
  for (const token of living) expect(await isIn(token)).toBe(true);
  for (const token of ended) expect(await isIn(token)).toBe(false);
}

/** Whether Redis answers for nearly all of these sessions. Those that started meanwhile may follow at their next use. */
async function areAllInRedis(tokens: string[]): Promise<boolean> {
  const before = await hits();
  for (const token of tokens) await isIn(token);
  return (await hits()) - before > tokens.length * 0.7;
}
