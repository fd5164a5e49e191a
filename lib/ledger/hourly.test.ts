/** @module-tag time */
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { countThrottled, readByDay, storeActive, storeThrottled, sweepHourly } from "./hourly";

async function today(name: "throttled" | "live"): Promise<number> {
  return (await readByDay(name, { timeZone: null, now: new Date() })).at(-1)?.count ?? 0;
}

test("throttled guesses add up over several calls of storeThrottled", async () => {
  // Another file of this process may have left some.
  await storeThrottled();
  const before = await today("throttled");
  countThrottled();
  countThrottled();
  await storeThrottled();
  countThrottled();
  await storeThrottled();
  await storeThrottled();

  expect(await today("throttled")).toBe(before + 3);
});

test("each quarter of an hour keeps the maximum of active sessions", async () => {
  await storeActive(1_000_000);
  await storeActive(7);

  expect(await today("live")).toBe(1_000_000);
  const [row] = await db().hourlyCount.findMany({ where: { name: "live" } });
  expect(Number(row?.hour) % (15 * MINUTE)).toBe(0);
  expect(Date.now() - Number(row?.hour)).toBeLessThan(16 * MINUTE);
  await db().hourlyCount.deleteMany({ where: { name: "live" } });
});

test("thirty days are shown, including empty ones", async () => {
  const days = await readByDay("live", { timeZone: null, now: new Date() });
  expect(days).toHaveLength(30);
  expect(days[0]?.count).toBe(0);
});

test.each([
  ["UTC", null, "2026-11-14T23:45:00Z", "2026-11-15T00:00:00Z"],
  ["New York", "America/New_York", "2026-11-15T04:45:00Z", "2026-11-15T05:00:00Z"],
  ["Kathmandu", "Asia/Kathmandu", "2026-11-14T18:00:00Z", "2026-11-14T18:15:00Z"],
  ["Kiritimati", "Pacific/Kiritimati", "2026-11-14T09:45:00Z", "2026-11-14T10:00:00Z"],
] as const)("a figure is counted on its day in the reader's time zone: %s", async (_, timeZone, last, first) => {
  await db().hourlyCount.deleteMany({});
  for (const name of ["live", "throttled"])
    await db().hourlyCount.createMany({
      data: [
        { name, hour: last, count: 3 },
        { name, hour: first, count: 5 },
        { name, hour: new Date(Date.parse(first) + HOUR), count: 4 },
      ],
    });
  const read = async (name: "live" | "throttled") =>
    (await readByDay(name, { timeZone, now: new Date("2026-11-15T14:00:00Z") }))
      .filter(({ count }) => count > 0)
      .map(({ day, count }) => [day, count]);

  expect(await read("live")).toEqual([
    ["2026-11-14", 3],
    ["2026-11-15", 5],
  ]);
  expect(await read("throttled")).toEqual([
    ["2026-11-14", 3],
    ["2026-11-15", 9],
  ]);
  await db().hourlyCount.deleteMany({});
});

test("figures older than the ledger are swept", async () => {
  await db().$executeRaw`INSERT INTO hourly_counts (name, hour, count) VALUES ('live', now() - interval '401 days', 7)`;

  expect(await sweepHourly()).toBe(1);
});
