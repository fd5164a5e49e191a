import { randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import { expect, test, vi } from "vitest";
import { db } from "@/lib/db";
import { createUser } from "@/lib/users/store";
import { authenticate } from "./authenticate";
import { hashPassword } from "./password";

const PASSWORD = "correct horse battery staple";

async function newUser() {
  const email = `${randomUUID()}@example.com`;
  return createUser({ email, name: "Test", passwordHash: await hashPassword(PASSWORD), role: "user" });
}

function attempt(email: string, password: string) {
  return authenticate({ email, password, publicComputer: false });
}

test("the right email and password say who it is, whatever the case of the email", async () => {
  const user = await newUser();
  expect(await attempt(user.email.toUpperCase(), PASSWORD)).toEqual({
    state: "authenticated",
    user: { id: user.id, role: "user" },
  });
});

test("an unknown email, a wrong password and a disabled account get the same answer", async () => {
  const user = await newUser();
  const disabled = await newUser();
  await db().user.update({ where: { id: disabled.id }, data: { disabledAt: new Date() } });

  expect(await attempt(user.email, "wrong")).toEqual({ state: "refused" });
  expect(await attempt("nobody@example.com", PASSWORD)).toEqual({ state: "refused" });
  expect(await attempt(disabled.email, PASSWORD)).toEqual({ state: "refused" });
});

test("an unknown email costs the same hash as a wrong password", async () => {
  const user = await newUser();
  const compare = vi.spyOn(bcrypt, "compare");

  await attempt(user.email, "wrong");
  await attempt("nobody@example.com", "wrong");
  const costs = compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash));
  compare.mockRestore();

  expect(costs).toEqual([10, 10]);
});

test("a hash of a lower cost than today's is renewed at the next login", async () => {
  const user = await newUser();
  vi.resetModules();
  vi.stubEnv("PASSWORD_COST", "11");
  const { authenticate: later } = await import("./authenticate");
  await later({ email: user.email, password: PASSWORD, publicComputer: false });
  vi.unstubAllEnvs();

  const { passwordHash } = await db().user.findUniqueOrThrow({
    where: { id: user.id },
    select: { passwordHash: true },
  });
  expect(bcrypt.getRounds(passwordHash)).toBe(11);
  expect(await attempt(user.email, PASSWORD)).toMatchObject({ state: "authenticated" });
});

test("two accounts cannot have one email, whatever its case", async () => {
  const user = await newUser();
  const twin = { email: user.email.toUpperCase(), name: "Twin", passwordHash: "none", role: "user" as const };

  await expect(createUser(twin)).rejects.toThrow();
});
