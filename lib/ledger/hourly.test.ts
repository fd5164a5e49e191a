/** @module-tag time */
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { countThrottled, readByDay, storeActive, storeThrottled, sweepHourly } from "./hourly";

async function today(name: "throttled" | "live"): Promise<number> {
  return (await readByDay(name)).at(-1)?.count ?? 0;
}

test("guesses that had to wait add up, over several times of storing", async () => {
  const before = await today("throttled");
  countThrottled();
  countThrottled();
  await storeThrottled();
  countThrottled();
  await storeThrottled();
  await storeThrottled();

  expect(await today("throttled")).toBe(before + 3);
});

test("of the active sessions an hour keeps the maximum", async () => {
  await db().$executeRaw`
    INSERT INTO hourly_counts (name, hour, count) VALUES ('live', date_trunc('hour', now()), 1000000)
    ON CONFLICT (name, hour) DO UPDATE SET count = 1000000`;
  await storeActive(7);

  expect(await today("live")).toBe(1_000_000);
  await db().hourlyCount.deleteMany({ where: { name: "live" } });
});

test("thirty days are shown, the empty ones too", async () => {
  const days = await readByDay("live");
  expect(days).toHaveLength(30);
  expect(days[0]?.count).toBe(0);
});

test("what is older than the ledger keeps anything is swept", async () => {
  await db().$executeRaw`INSERT INTO hourly_counts (name, hour, count) VALUES ('live', now() - interval '401 days', 7)`;

  expect(await sweepHourly()).toBe(1);
});
