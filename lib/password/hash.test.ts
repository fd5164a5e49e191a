import bcrypt from "bcryptjs";
import Piscina from "piscina";
import { expect, test, vi } from "vitest";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { captureLog } from "@/testing/captured-log";
import { hashLoad, hashPassword, isBusy, needsRehash, verifyPassword } from "./hash";

test("a password matches its own hash and no other does", async () => {
  const hash = await hashPassword("correct horse battery staple");

  expect(await verifyPassword("correct horse battery staple", hash)).toBe(true);
  expect(await verifyPassword("correct horse battery stapler", hash)).toBe(false);
});

test("a passphrase of 200 characters counts whole", async () => {
  const long = "x".repeat(199);
  const hash = await hashPassword(`${long}a`);

  expect(await verifyPassword(`${long}b`, hash)).toBe(false);
  expect(await verifyPassword(`${long}a`, hash)).toBe(true);
});

test("a NUL does not end a password", async () => {
  const hash = await hashPassword("abc\u0000def");
  expect(await verifyPassword("abc\u0000xyz", hash)).toBe(false);
});

test("a password is the same however its accents are encoded", async () => {
  const hash = await hashPassword("caf\u00e9 au lait");
  expect(await verifyPassword("cafe\u0301 au lait", hash)).toBe(true);
});

test("an account that does not exist matches no password", async () => {
  expect(await verifyPassword("", null)).toBe(false);
  expect(await verifyPassword("nobodys.hash", null)).toBe(false);
});

test("a hash with a lower cost than the settings require needs a rehash", async () => {
  const hash = await hashPassword("correct horse battery staple");
  expect(needsRehash(hash)).toBe(false);
  expect(needsRehash(hash.replace("$10$", "$09$"))).toBe(true);
});

test("a hash made with another pepper matches no password", async () => {
  const hash = await hashPassword("correct horse battery staple");
  vi.resetModules();
  vi.stubEnv("PASSWORD_PEPPER", "a pepper that is long enough to be one");
  const peppered = await import("./hash");

  expect(await peppered.verifyPassword("correct horse battery staple", hash)).toBe(false);
  vi.unstubAllEnvs();
});

/** The names of the works in the order in which they settle. Rejected ones have a "!" before the name. */
function order(works: Record<string, Promise<unknown>>): Promise<string[]> {
  const settled: string[] = [];
  const all = Object.entries(works).map(([name, work]) =>
    work.then(
      () => settled.push(name),
      () => settled.push(`!${name}`),
    ),
  );
  return Promise.all(all).then(() => settled);
}

/** A request whose client disconnects when `leave` is called. */
function request(): { leave: () => void; run: <T>(work: () => Promise<T>) => Promise<T> } {
  const gone = new AbortController();
  const context = { gone: gone.signal, status: null } as RequestContext;
  return { leave: () => gone.abort(), run: (work) => withRequestContext(context, work) };
}

test("passwords are processed in the order in which they arrive", async () => {
  const hash = await hashPassword("correct horse battery staple");
  const names = Array.from({ length: 6 }, (_, index) => `${index}`);
  const works = names.map((name) => [name, request().run(() => verifyPassword("wrong", hash))]);

  expect(await order(Object.fromEntries(works))).toEqual(names);
});

test("a password whose client has disconnected is skipped, and those behind it move up", async () => {
  const hash = await hashPassword("correct horse battery staple");
  const run = vi.spyOn(Piscina.prototype, "run");
  const [first, second, third] = [request(), request(), request()];
  const settled = order({
    first: first.run(() => verifyPassword("wrong", hash)),
    second: second.run(() => verifyPassword("wrong", hash)),
    third: third.run(() => verifyPassword("wrong", hash)),
  });
  second.leave();
  // A task that is running is finished: the thread is not killed.
  first.leave();

  expect(await settled).toEqual(["!second", "first", "third"]);
  expect(run).toHaveBeenCalledTimes(2);
  run.mockRestore();
});

test("strangers' guesses leave every second turn to known browsers", async () => {
  const hash = await hashPassword("correct horse battery staple");
  const strangers = Array.from({ length: 40 }, (_, index) => [
    `stranger ${index}`,
    verifyPassword("wrong", hash, "strangers"),
  ]);
  const settled = await order({ ...Object.fromEntries(strangers), known: verifyPassword("wrong", hash, "known") });

  expect(settled.filter((name) => name.startsWith("!"))).not.toHaveLength(0);
  expect(settled.filter((name) => !name.startsWith("!")).indexOf("known")).toBeLessThanOrEqual(2);
});

test.each([
  ["none", "any word"],
  ["", "an empty text"],
  ["$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g", "another kind of hash"],
  [`$2b$99$${"a".repeat(53)}`, "a cost that bcrypt does not have"],
  [`$2b$20$${"a".repeat(53)}`, "a cost that takes too long"],
  [`$2x$10$${"a".repeat(53)}`, "a version that bcrypt does not have"],
])("a stored text that is not a bcrypt hash matches no password, at the same cost: %s (%s)", async (stored) => {
  const run = vi.spyOn(Piscina.prototype, "run");
  expect(await verifyPassword("correct horse battery staple", stored)).toBe(false);
  expect(run.mock.calls.map(([task]) => bcrypt.getRounds(task.hash))).toEqual([10]);
  run.mockRestore();
});

test("no password waits longer than eight seconds for a thread", async () => {
  const hash = await hashPassword("correct horse battery staple");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const works = Array.from({ length: 20 }, () => verifyPassword("wrong", hash).then(() => "served", isBusy));
  vi.advanceTimersByTime(7999);
  expect(hashLoad().waiting).toBeGreaterThan(0);
  vi.advanceTimersByTime(1);
  expect(hashLoad().waiting).toBe(0);
  vi.useRealTimers();

  expect(await Promise.all(works)).toContain(true);
});

test("a thread that fails while idle does not end the process, and another one takes its place", async () => {
  const lines = captureLog({ secrets: [] });
  const hash = await hashPassword("a thread of silver");
  const { threads } = (globalThis as unknown as { latchkeyThreads: { threads: { pool: Piscina } } }).latchkeyThreads;
  threads.pool.threads[0]?.emit("error", new Error("out of memory"));

  await expect.poll(() => lines.join()).toContain("out of memory");
  expect(await verifyPassword("a thread of silver", hash)).toBe(true);
});
