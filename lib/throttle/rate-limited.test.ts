import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { rateLimited } from "./rate-limited";
import type { Subject } from "./rule";
import { failuresOf, permitTry } from "./store";

function account(): Subject {
  return ["account", `${randomUUID()}@example.com`];
}

test("an attempt counts when it is refused, and when it throws an unexpected error", async () => {
  const subject = account();
  expect(await rateLimited([subject], async () => ({ state: "refused" }))).toEqual({ state: "refused" });
  await expect(rateLimited([subject], () => Promise.reject(new Error("a fault of ours")))).rejects.toThrow("a fault");

  expect(await failuresOf(subject)).toBe(2);
});

test.each(["busy", "unavailable"])("an attempt with the outcome %s is taken back", async (state) => {
  const subject = account();
  expect(await rateLimited([subject], async () => ({ state }))).toEqual({ state });

  await expect.poll(() => failuresOf(subject)).toBe(0);
});

test("an attempt that an outage leaves undecided is taken back", async () => {
  const subject = account();
  // Longer than the statement timeout.
  const undecided = rateLimited([subject], async () => {
    await db().$queryRaw`SELECT pg_sleep(2)::text`;
    return { state: "logged-in" };
  });
  expect(await undecided).toEqual({ state: "unavailable" });

  await expect.poll(() => failuresOf(subject)).toBe(0);
});

test("a throttled attempt is not made, and its outcome says how many whole seconds to wait", async () => {
  const subject = account();
  for (let index = 0; index < 5; index++) await permitTry([subject]);
  const outcome = await rateLimited([subject], () => Promise.reject(new Error("tried")));

  expect(outcome).toEqual({ state: "throttled", wait: expect.toSatisfy((wait) => wait > 15 && wait <= 30) });
});
