import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { expect, test } from "vitest";
import { env } from "@/lib/env";
import { failuresOf, permitTry, takeBackTry } from "./store";

function account() {
  return ["account", `${randomUUID()}@example.com`] as const;
}

/** Locks the tallies for all other statements, until the returned function is called. */
async function lockTallies(): Promise<() => Promise<void>> {
  const client = new Client(env().DATABASE_URL);
  await client.connect();
  await client.query("BEGIN; LOCK TABLE throttles");
  return () => client.end();
}

test("after an outage, an attempt is taken back before the next one is permitted", async () => {
  const subject = account();
  for (let index = 0; index < 4; index++) await permitTry([subject]);
  const unlock = await lockTallies();
  const takenBack = takeBackTry([subject]);
  await expect(permitTry([subject])).rejects.toThrow("database");
  await unlock();

  // Without that, this would be the fifth, and the next one would have to wait.
  expect(await permitTry([subject])).toMatchObject({ allowed: true, failures: 3 });
  await takenBack;
  expect(await permitTry([subject])).toMatchObject({ allowed: true, failures: 4 });
});

test("after an outage, an attempt is taken back even when no other one follows", async () => {
  const subject = account();
  await permitTry([subject]);
  const unlock = await lockTallies();
  const takenBack = takeBackTry([subject]);
  // Takes until the statement timeout: by then the attempt to take it back has met the outage.
  await expect(permitTry([account()])).rejects.toThrow("database");
  await unlock();
  await takenBack;

  expect(await failuresOf(subject)).toBe(0);
});
