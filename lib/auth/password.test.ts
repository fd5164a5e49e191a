import { expect, test, vi } from "vitest";
import { hashPassword, needsRehash, verifyPassword } from "./password";

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
  const peppered = await import("./password");

  expect(await peppered.verifyPassword("correct horse battery staple", hash)).toBe(false);
  vi.unstubAllEnvs();
});
