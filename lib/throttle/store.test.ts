/** @module-tag time */
import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { expect, test, vi } from "vitest";
import { db } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { createUser } from "@/lib/users/store";
import { countTry, type Subject, type Tally, waitOf } from "./rule";
import { failuresOf, forgetGuesses, forgetTries, mailTo, permitTry, sweepThrottles, takeBackTry } from "./store";

const LIMIT = { allowance: 5, forgets: HOUR, firstWait: 30_000, longestWait: HOUR, stop: 100 };
const START = new Date("2026-01-01T00:00:00Z");
const FRESH: Tally = { level: 0, failures: 0, freeAt: START, triedAt: START };

function account() {
  return ["account", `${randomUUID()}@example.com`] as const;
}

/** The waits, in seconds, of a client that tries again as soon as it may. */
function waits(tries: number): number[] {
  let [tally, now] = [FRESH, START];
  return Array.from({ length: tries }, () => {
    tally = countTry(tally, LIMIT, now);
    const wait = waitOf(tally, LIMIT, now);
    now = new Date(now.getTime() + wait);
    return wait / 1000;
  });
}

test("the wait after the allowance is 30 seconds, doubles each time, and is at most an hour", () => {
  expect(waits(14)).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
});

test("one failure an hour never leads to a wait", () => {
  let tally = FRESH;
  for (let hour = 1; hour <= 50; hour++) {
    const now = new Date(START.getTime() + hour * HOUR);
    tally = countTry(tally, LIMIT, now);
    expect(waitOf(tally, LIMIT, now)).toBe(0);
  }
});

test("failures in a row are counted however far apart, and the 100th locks the account", () => {
  let tally = FRESH;
  for (let day = 1; day <= 100; day++) tally = countTry(tally, LIMIT, new Date(START.getTime() + day * DAY));

  expect(tally.failures).toBe(100);
  expect(waitOf(tally, LIMIT, new Date(START.getTime() + 1000 * DAY))).toBe(HOUR);
});

/** The tally of a subject, with the milliseconds that it has to wait from now on. */
async function tallyOf(subject: Subject) {
  const [row] = await db().$queryRaw<{ level: number; failures: number; wait: number }[]>`
    SELECT level, failures, greatest(0, extract(epoch FROM free_at - now()) * 1000)::float8 AS wait
      FROM throttles WHERE key = ${subject.join(":")}`;
  return row;
}

test("an attempt that is taken back does not count and causes no wait", async () => {
  const subject = account();
  for (let index = 0; index < 5; index++) await permitTry([subject]);
  expect((await tallyOf(subject))?.wait).toBeGreaterThan(20_000);

  await takeBackTry([subject]);
  expect(await tallyOf(subject)).toEqual({ level: expect.closeTo(4, 2), failures: 4, wait: 0 });
});

test("attempts that are taken back together leave the wait of those that remain, and never fewer than none", async () => {
  const [subject, other] = [account(), account()];
  for (let index = 0; index < 2; index++) await permitTry([other]);
  await permitTry([subject]);
  const data = { level: 8, failures: 8, freeAt: new Date(Date.now() + HOUR) };
  await db().throttle.update({ where: { key: subject.join(":") }, data });
  await Promise.all([takeBackTry([subject, other]), takeBackTry([subject, other]), takeBackTry([other])]);

  expect(await tallyOf(subject)).toMatchObject({ level: 6, failures: 6, wait: expect.closeTo(HOUR, -5) });
  expect(await tallyOf(other)).toEqual({ level: 0, failures: 0, wait: 0 });
});

test("taking an attempt back forgets no other one sooner", async () => {
  const subject = account();
  await permitTry([subject]);
  // Of seven attempts, one has been forgotten by now.
  const data = { level: 7, failures: 7, freeAt: new Date(Date.now() - HOUR) };
  await db().throttle.update({ where: { key: subject.join(":") }, data });
  await takeBackTry([subject]);
  await takeBackTry([subject]);

  expect(await tallyOf(subject)).toMatchObject({ level: expect.closeTo(4, 2), failures: 5 });
});

test("a clock that is set back forgets no attempts", () => {
  const tally = countTry({ ...FRESH, level: 3 }, LIMIT, new Date(START.getTime() - DAY));
  expect(tally.level).toBe(4);
});

test("after the database's clock has gone back, nobody waits for longer than when it was ahead", async () => {
  const free: Subject = ["application", randomUUID()];
  const waiting = account();
  await permitTry([free]);
  for (let index = 0; index < 5; index++) await permitTry([waiting]);
  const wait = Number((await tallyOf(waiting))?.wait);
  const ahead = `interval '30 days'`;
  await db().$executeRawUnsafe(
    `UPDATE throttles SET free_at = free_at + ${ahead}, tried_at = tried_at + ${ahead} WHERE key = ANY($1)`,
    [free, waiting].map((subject) => subject.join(":")),
  );

  expect(await permitTry([free])).toMatchObject({ allowed: true });
  expect(await permitTry([waiting])).toMatchObject({ allowed: false, wait: expect.closeTo(wait, -3) });
  // It runs from now on, instead of beginning anew with each attempt.
  await db().throttle.update({ where: { key: waiting.join(":") }, data: { freeAt: new Date() } });
  expect(await permitTry([waiting])).toMatchObject({ allowed: true });
});

test("when one subject has to wait, the attempt counts against none of the others", async () => {
  const [waiting, other] = [account(), account()];
  for (let index = 0; index < 5; index++) await permitTry([waiting]);

  expect(await permitTry([other, waiting])).toMatchObject({ allowed: false });
  expect(await failuresOf(other)).toBe(0);
});

test("concurrent attempts at the same subjects in different orders cause no deadlock, and only five are permitted", async () => {
  const [one, two] = [account(), account()];
  const tries = Array.from({ length: 40 }, (_, index) => permitTry(index % 2 ? [one, two] : [two, one]));
  const permitted = (await Promise.all(tries)).filter(({ allowed }) => allowed);

  expect(permitted).toHaveLength(5);
  expect(await failuresOf(one)).toBe(5);
});

test("after attempts are taken back or forgotten, another one is permitted", async () => {
  const subject = account();
  for (let index = 0; index < 5; index++) await permitTry([subject]);
  await takeBackTry([subject]);
  expect(await permitTry([subject])).toMatchObject({ allowed: true });

  expect(await permitTry([subject])).toMatchObject({ allowed: false });
  await forgetTries(db(), [subject]);
  expect(await permitTry([subject])).toMatchObject({ allowed: true, failures: 0 });
});

test("forgetting the guesses at one email leaves those at another that matches it as a LIKE pattern", async () => {
  const domain = `${randomUUID()}.example.com`;
  const other: Subject = ["browser", `ada@${domain}:number`];
  const own: Subject = ["browser", `a_a@${domain}:number`];
  for (const subject of [other, own]) await permitTry([subject]);
  await forgetGuesses(db(), `a_a@${domain}`);

  expect(await failuresOf(own)).toBe(0);
  expect(await failuresOf(other)).toBe(1);
});

test("the whole application never has to wait for longer than a minute", async () => {
  const subject: Subject = ["application", randomUUID()];
  await permitTry([subject]);
  await db().throttle.update({ where: { key: subject.join(":") }, data: { level: 5000 } });
  await permitTry([subject]);

  const permission = await permitTry([subject]);
  expect(permission).toMatchObject({ allowed: false });
  expect("wait" in permission && permission.wait).toBeLessThanOrEqual(MINUTE);
});

/** Moves the last attempt at these subjects this many days into the past. */
async function age(subjects: Subject[], days: number) {
  const keys = subjects.map((subject) => subject.join(":"));
  await db().throttle.updateMany({
    where: { key: { in: keys } },
    data: { triedAt: new Date(Date.now() - days * DAY) },
  });
}

test("an account's failures in a row are forgotten after a year, but never after the 100th, whether or not the account exists", async () => {
  const nobody = account();
  const somebody = account();
  await createUser({ email: somebody[1], name: "Test", passwordHash: "none", role: "user" });
  const [address, both] = [["address", randomUUID()] as Subject, [nobody, somebody]];
  for (const subject of [...both, address]) await permitTry([subject]);

  await age([...both, address], 31);
  await sweepThrottles();
  expect(await failuresOf(address)).toBe(0);
  for (const subject of both) expect(await failuresOf(subject)).toBe(1);

  await age(both, 366);
  await sweepThrottles();
  for (const subject of both) expect(await failuresOf(subject)).toBe(0);

  for (const subject of both) await permitTry([subject]);
  await db().throttle.updateMany({ where: { key: { in: both.map((one) => one.join(":")) } }, data: { failures: 100 } });
  await age(both, 3660);
  await sweepThrottles();
  for (const subject of both) expect(await failuresOf(subject)).toBe(100);
});

test("200 concurrent attempts use one database connection", async () => {
  const pool = (globalThis as { latchkeyPool?: Pool }).latchkeyPool;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, (pool?.totalCount ?? 0) - (pool?.idleCount ?? 0));
  }, 1);
  await Promise.all(Array.from({ length: 200 }, () => permitTry([account(), ["application", "crowd"]])));
  clearInterval(watch);

  expect(most).toBe(1);
});

test("two processes that count concurrent attempts permit no more than one process would", async () => {
  const subject = account();
  const process = globalThis as { latchkeyTries?: unknown };
  const own = process.latchkeyTries;
  delete process.latchkeyTries;
  vi.resetModules();
  const other = await import("./store");
  process.latchkeyTries = own;

  const tries = Array.from({ length: 60 }, (_, index) =>
    index % 2 ? permitTry([subject]) : other.permitTry([subject]),
  );
  const permitted = (await Promise.all(tries)).filter(({ allowed }) => allowed);
  expect(permitted).toHaveLength(5);
  expect(await failuresOf(subject)).toBe(5);
});

test("emails that an attacker requests do not use up the owner's allowance, and no recipient gets more than 20", async () => {
  const email = `${randomUUID()}@example.com`;
  const ask = async (from: string) => (await permitTry(mailTo("reset", email, from))).allowed;
  const askOften = async (from: string) => [await ask(from), await ask(from), await ask(from), await ask(from)];

  expect(await askOften("192.0.2.1")).toEqual([true, true, true, false]);
  expect(await ask("192.0.2.2")).toBe(true);
  for (let network = 3; network < 20; network++) await askOften(`192.0.2.${network}`);
  expect(await ask("192.0.2.99")).toBe(false);

  await forgetGuesses(db(), email);
  expect(await ask("192.0.2.1")).toBe(true);
});
