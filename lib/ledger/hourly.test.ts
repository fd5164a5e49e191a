/** @module-tag time */
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { countThrottled, readByDay, storeActive, storeThrottled, sweepHourly } from "./hourly";

async function today(name: "throttled" | "live"): Promise<number> {
  return (await readByDay(name)).at(-1)?.count ?? 0;
}

test("throttled guesses add up over several calls of storeThrottled", async () => {
  const before = await today("throttled");
  countThrottled();
  countThrottled();
  await storeThrottled();
  countThrottled();
  await storeThrottled();
  await storeThrottled();

  expect(await today("throttled")).toBe(before + 3);
});

test("each hour keeps the maximum of active sessions", async () => {
  await db().$executeRaw`
    INSERT INTO hourly_counts (name, hour, count) VALUES ('live', date_trunc('hour', now()), 1000000)
    ON CONFLICT (name, hour) DO UPDATE SET count = 1000000`;
  await storeActive(7);

  expect(await today("live")).toBe(1_000_000);
  await db().hourlyCount.deleteMany({ where: { name: "live" } });
});

test("thirty days are shown, including empty ones", async () => {
  const days = await readByDay("live");
  expect(days).toHaveLength(30);
  expect(days[0]?.count).toBe(0);
});

test("figures older than the ledger are swept", async () => {
  await db().$executeRaw`INSERT INTO hourly_counts (name, hour, count) VALUES ('live', now() - interval '401 days', 7)`;

  expect(await sweepHourly()).toBe(1);
});
