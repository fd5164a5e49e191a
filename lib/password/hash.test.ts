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

test("a hash made at a lower cost than today's is to be renewed", async () => {
  const hash = await hashPassword("correct horse battery staple");
  expect(needsRehash(hash)).toBe(false);
  expect(needsRehash(hash.replace("$10$", "$09$"))).toBe(true);
});

test("without the pepper, the hash matches nothing", async () => {
  const hash = await hashPassword("correct horse battery staple");
  vi.resetModules();
  vi.stubEnv("PASSWORD_PEPPER", "a pepper that is long enough to be one");
  const peppered = await import("./hash");

  expect(await peppered.verifyPassword("correct horse battery staple", hash)).toBe(false);
  vi.unstubAllEnvs();
});

/** Settles in this order: the names of what was done, and of what was given up with a "!" before it. */
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

/** A request whose client leaves when `leave` is called. */
function request(): { leave: () => void; run: <T>(work: () => Promise<T>) => Promise<T> } {
  const gone = new AbortController();
  const context = { gone: gone.signal, status: null } as RequestContext;
  return { leave: () => gone.abort(), run: (work) => withRequestContext(context, work) };
}

test("the passwords that came first are looked at first", async () => {
  const hash = await hashPassword("correct horse battery staple");
  const names = Array.from({ length: 12 }, (_, index) => `${index}`);
  const works = names.map((name) => [name, request().run(() => verifyPassword("wrong", hash))]);

  expect(await order(Object.fromEntries(works))).toEqual(names);
});

test("a password whose client has gone is not looked at, and those behind it move up", async () => {
  const hash = await hashPassword("correct horse battery staple");
  const run = vi.spyOn(Piscina.prototype, "run");
  const [first, second, third] = [request(), request(), request()];
  const settled = order({
    first: first.run(() => verifyPassword("wrong", hash)),
    second: second.run(() => verifyPassword("wrong", hash)),
    third: third.run(() => verifyPassword("wrong", hash)),
  });
  second.leave();
  // One that is being looked at is finished: the thread lives on.
  first.leave();

  expect(await settled).toEqual(["!second", "first", "third"]);
  expect(run).toHaveBeenCalledTimes(2);
  run.mockRestore();
});

test("guesses of strangers leave room for browsers that are known: every second turn is theirs", async () => {
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
  ["none", "a word"],
  ["", "nothing"],
  ["$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g", "another kind of hash"],
  [`$2b$99$${"a".repeat(53)}`, "a cost that bcrypt has not"],
  [`$2b$20$${"a".repeat(53)}`, "a cost that nobody can wait for"],
  [`$2x$10$${"a".repeat(53)}`, "a version that bcrypt has not"],
])("a stored text that is no hash matches no password, at the same cost: %s (%s)", async (stored) => {
  const run = vi.spyOn(Piscina.prototype, "run");
  expect(await verifyPassword("correct horse battery staple", stored)).toBe(false);
  expect(run.mock.calls.map(([task]) => bcrypt.getRounds(task.hash))).toEqual([10]);
  run.mockRestore();
});

test("nobody waits for a thread for longer than eight seconds", async () => {
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

test("a thread that fails while it has nothing to do ends nothing, and another one takes its place", async () => {
  const lines = captureLog({ secrets: [] });
  const hash = await hashPassword("a thread of silver");
  const { threads } = (globalThis as unknown as { latchkeyThreads: { threads: { pool: Piscina } } }).latchkeyThreads;
  threads.pool.threads[0]?.emit("error", new Error("out of memory"));

  await expect.poll(() => lines.join()).toContain("out of memory");
  expect(await verifyPassword("a thread of silver", hash)).toBe(true);
});
