import { randomInt, randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import Piscina from "piscina";
import { expect, test, vi } from "vitest";
import { db, transaction } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { newToken } from "@/lib/session/token";
import { normaliseEmail } from "@/lib/text/email";
import { createUser } from "@/lib/users/store";
import { authenticate, type Source } from "./authenticate";
import { rememberBrowser } from "./device";

const PASSWORD = "correct horse battery staple";

async function newUser() {
  const email = `${randomUUID()}@example.com`;
  return createUser({ email, name: "Test", passwordHash: await hashPassword(PASSWORD), role: "user" });
}

/** A client with its own address, in a browser that has never been used before. */
function somebody(): Source {
  return {
    userAgent: "Test",
    ipAddress: `2001:db8:${randomInt(65536).toString(16)}:${randomInt(65536).toString(16)}::1`,
    device: null,
  };
}

function attempt(email: string, password: string, source = somebody()) {
  return authenticate({ email: normaliseEmail(email), password, publicComputer: false }, source);
}

/** The response to a client that has to wait for this many seconds, some of which may have passed. */
function throttledFor(seconds: number) {
  return { state: "throttled", wait: expect.toSatisfy((wait) => wait > seconds - 15 && wait <= seconds) };
}

test("the right email and password identify the user, in upper or lower case of the email", async () => {
  const user = await newUser();
  expect(await attempt(user.email.toUpperCase(), PASSWORD)).toMatchObject({
    state: "authenticated",
    user: { id: user.id, role: "user" },
    isKnown: false,
    failures: 0,
  });
});

test("an unknown email, a wrong password and a disabled account get the same response", async () => {
  const user = await newUser();
  const disabled = await newUser();
  await db().user.update({ where: { id: disabled.id }, data: { disabledAt: new Date() } });

  expect(await attempt(user.email, "wrong")).toEqual({ state: "refused" });
  expect(await attempt("nobody@example.com", PASSWORD)).toEqual({ state: "refused" });
  expect(await attempt(disabled.email, PASSWORD)).toEqual({ state: "refused" });
});

// ASVS 5.0, 6.3.8: failures do not show who has an account.
test("an unknown email costs the same hash computation as a wrong password", async () => {
  const user = await newUser();
  const run = vi.spyOn(Piscina.prototype, "run");

  await attempt(user.email, "wrong");
  await attempt("nobody@example.com", "wrong");
  const costs = run.mock.calls.map(([task]) => bcrypt.getRounds(task.hash));
  run.mockRestore();

  expect(costs).toEqual([10, 10]);
});

test("a password hash of a lower cost than the current setting is renewed at the next log-in", async () => {
  const user = await newUser();
  vi.resetModules();
  vi.stubEnv("PASSWORD_COST", "11");
  const { authenticate: later } = await import("./authenticate");
  await later({ email: user.email, password: PASSWORD, publicComputer: false }, somebody());
  vi.unstubAllEnvs();

  const { passwordHash } = await db().user.findUniqueOrThrow({
    where: { id: user.id },
    select: { passwordHash: true },
  });
  expect(bcrypt.getRounds(passwordHash)).toBe(11);
  expect(await attempt(user.email, PASSWORD)).toMatchObject({ state: "authenticated" });
});

test("two accounts cannot have emails that differ only in case", async () => {
  const user = await newUser();
  const twin = { email: user.email.toUpperCase(), name: "Twin", passwordHash: "none", role: "user" as const };

  await expect(createUser(twin)).rejects.toThrow();
});

test("after five failures, the next attempt at an email is throttled from any address, whether or not it has an account", async () => {
  const user = await newUser();
  for (const email of [user.email, `${randomUUID()}@example.com`]) {
    for (let failure = 0; failure < 5; failure++) expect(await attempt(email, "wrong")).toEqual({ state: "refused" });

    expect(await attempt(email, PASSWORD)).toEqual(throttledFor(30));
  }
});

// ASVS 5.0, 6.3.1: guesses and stuffed credentials are limited.
test("of 100 concurrent guesses at an account, five are checked and 95 throttled", async () => {
  const user = await newUser();
  const guesses = await Promise.all(Array.from({ length: 100 }, (_, index) => attempt(user.email, `guess ${index}`)));

  expect(guesses.filter(({ state }) => state === "refused")).toHaveLength(5);
  expect(guesses.filter(({ state }) => state === "throttled")).toHaveLength(95);
});

test("failures from unknown browsers do not throttle the owner in a known browser", async () => {
  const user = await newUser();
  const device = newToken();
  await transaction((tx) => rememberBrowser(tx, user.id, device));
  for (let failure = 0; failure < 6; failure++) await attempt(user.email, "wrong");

  expect(await attempt(user.email, PASSWORD)).toMatchObject({ state: "throttled" });
  expect(await attempt(user.email, PASSWORD, { ...somebody(), device })).toMatchObject({
    state: "authenticated",
    isKnown: true,
  });
});

test("a browser that is known to another account gets no allowance of its own", async () => {
  const [user, other] = [await newUser(), await newUser()];
  const device = newToken();
  await transaction((tx) => rememberBrowser(tx, other.id, device));
  for (let failure = 0; failure < 5; failure++) await attempt(user.email, "wrong");

  expect(await attempt(user.email, PASSWORD, { ...somebody(), device })).toMatchObject({ state: "throttled" });
});

test("a known browser is throttled, too, after ten failures", async () => {
  const user = await newUser();
  const source = { ...somebody(), device: newToken() };
  await transaction((tx) => rememberBrowser(tx, user.id, source.device));
  for (let failure = 0; failure < 10; failure++) await attempt(user.email, "wrong", source);

  expect(await attempt(user.email, PASSWORD, source)).toEqual(throttledFor(30));
});

test("guesses at many accounts from one network are throttled", async () => {
  const network = `2001:db8:${randomInt(65536).toString(16)}:7`;
  const from = (host: number) => ({ ...somebody(), ipAddress: `${network}::${host}` });
  for (let guess = 0; guess < 20; guess++) await attempt(`${randomUUID()}@example.com`, "wrong", from(guess));

  expect(await attempt(`${randomUUID()}@example.com`, "wrong", from(99))).toEqual(throttledFor(30));
});

test("after 100 failures in a row the password is locked, and the owner gets one email about it", async () => {
  const user = await newUser();
  await attempt(user.email, "wrong");
  await db().throttle.update({
    where: { key: `account:${user.email}` },
    data: { failures: 99, level: 0 },
  });

  expect(await attempt(user.email, "wrong")).toEqual({ state: "refused" });
  // As if the wait were over: only the number of failures counts.
  await db().throttle.update({
    where: { key: `account:${user.email}` },
    data: { level: 0, freeAt: new Date(0) },
  });
  expect(await attempt(user.email, PASSWORD)).toEqual(throttledFor(3600));

  const mails = await db().mail.findMany({ where: { recipient: user.email } });
  expect(mails.map(({ details }) => details)).toMatchObject([{ about: "stopped" }]);
  const events = await db().ledgerLine.findMany({ where: { userId: user.id }, orderBy: { id: "asc" } });
  expect(events.map(({ event }) => event)).toEqual(["authn_login_fail", "authn_login_fail_max"]);
});

test("a failed log-in is recorded with its account, address and browser, and with no acting user", async () => {
  const user = await newUser();
  const source = somebody();
  await attempt(user.email, "wrong", source);

  const line = await db().ledgerLine.findFirstOrThrow({ where: { userId: user.id } });
  expect(line).toMatchObject({
    event: "authn_login_fail",
    byUserId: null,
    ipAddress: source.ipAddress,
    userAgent: "Test",
  });
});

test("a log-in with an unknown email leaves no trace of that email in the ledger", async () => {
  const email = `${randomUUID()}@example.com`;
  await attempt(email, "wrong");

  const [row] = await db().$queryRaw<{ lines: bigint }[]>`
    SELECT count(*) AS lines FROM ledger WHERE ledger::text LIKE ${`%${email}%`}`;
  expect(row?.lines).toBe(0n);
});
