import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionStatus } from "@/lib/session/status";
import { sessionStore } from "@/lib/session/store";
import { permitTry } from "@/lib/throttle/store";
import { ageSessions, createSession } from "@/testing/sessions";
import { db, transaction } from "./db";
import { DAY, HOUR } from "./env";
import { metricsText, type State } from "./metrics";
import { type RequestContext, withRequestContext } from "./request-context";
import { hashToken, newToken } from "./session/token";
import { createUser } from "./users/store";

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };
const BY = { userAgent: "Test", ipAddress: "192.0.2.7" };
const IDLE: State = { sessions: 3, mails: 2, hashes: { waiting: 1, running: 4 } };

function forget(): void {
  delete (globalThis as { latchkeyMetrics?: unknown }).latchkeyMetrics;
}

beforeEach(forget);
afterEach(forget);

async function newUser(role: "user" | "admin" = "user") {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role });
}

async function sample(name: string): Promise<string | undefined> {
  const text = await metricsText(IDLE);
  return text
    .split("\n")
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
}

test("a session is counted when it starts, and by its reason when it ends", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  await createSession(user, BROWSER);
  expect(await sample("latchkey_sessions_started_total")).toBe("2");

  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", BY);
  // A session that has ended does not end again.
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", BY);
  await transaction((tx) => sessionStore().end(tx, { userId: user.id, except: null }, "password-changed", BY));
  expect(await sample('latchkey_sessions_ended_total{reason="logged-out"}')).toBe("1");
  expect(await sample('latchkey_sessions_ended_total{reason="password-changed"}')).toBe("1");
});

test("an ending that is rolled back with its transaction is not counted", async () => {
  const user = await newUser();
  await createSession(user, BROWSER);
  const work = transaction(async (tx) => {
    await sessionStore().end(tx, { userId: user.id, except: null }, "revoked", BY);
    expect(await sample('latchkey_sessions_ended_total{reason="revoked"}')).toBeUndefined();
    throw new Error("taken back");
  });
  await expect(work).rejects.toThrow("taken back");

  expect(await sample('latchkey_sessions_ended_total{reason="revoked"}')).toBeUndefined();
});

test("a sweep counts each reason separately", async () => {
  await sessionStore().sweep();
  forget();
  const user = await newUser();
  for (const [created, seen] of [
    [31 * DAY, HOUR],
    [9 * DAY, 8 * DAY],
    [9 * DAY, 8 * DAY],
  ] as const)
    await age(await createSession(user, BROWSER), created, seen);
  await sessionStore().sweep();

  expect(await sample('latchkey_sessions_ended_total{reason="expired"}')).toBe("1");
  expect(await sample('latchkey_sessions_ended_total{reason="idle"}')).toBe("2");
});

test("a session counts as active for exactly as long as it is accepted", async () => {
  await db().session.deleteMany();
  const [user, admin, disabled] = [await newUser(), await newUser("admin"), await newUser()];
  await createSession(user, BROWSER);
  await createSession(admin, { ...BROWSER, publicComputer: true });
  await age(await createSession(user, BROWSER), 6 * DAY, 6 * DAY);
  expect(await sessionStore().countActive()).toBe(3);

  await age(await createSession(user, BROWSER), 9 * DAY, 8 * DAY);
  await age(await createSession(user, BROWSER), 31 * DAY, HOUR);
  await age(await createSession(user, { ...BROWSER, publicComputer: true }), HOUR, HOUR);
  await age(await createSession(admin, BROWSER), 2 * DAY, 2 * DAY);
  await createSession(disabled, BROWSER);
  await db().user.update({ where: { id: disabled.id }, data: { disabledAt: new Date() } });
  expect(await sessionStore().countActive()).toBe(3);
});

test.each([
  ["GET", "/dashboard?a=1", "page"],
  ["POST", "/account", "action"],
  ["GET", "/api/session", "api"],
  ["GET", "/api/verify", "verify"],
  ["GET", "/api/events", "stream"],
])("a session look-up is counted by its outcome and its source: %s %s", async (method, url, source) => {
  const token = await createSession(await newUser(), BROWSER);
  const path = url.split("?", 1)[0];
  await withRequestContext({ method, url, path } as RequestContext, async () => {
    await sessionStatus(token);
    await sessionStatus(newToken());
    await sessionStore().end(db(), { tokenHash: hashToken(token) }, "revoked", BY);
    await sessionStatus(token);
  });

  for (const outcome of ["valid", "signed-out", "ended"])
    expect(await sample(`latchkey_lookups_total{outcome="${outcome}",source="${source}"}`)).toBe("1");
});

test("throttled attempts are counted by their scope", async () => {
  const [account, address] = [randomUUID(), randomUUID()];
  for (let index = 0; index < 7; index++)
    await permitTry([
      ["account", account],
      ["address", address],
    ]);
  expect(await sample('latchkey_throttled_total{scope="account"}')).toBe("2");
});

test("unknown values are left out of the metrics, and all others are there", async () => {
  expect(await sample("latchkey_sessions_live")).toBe("3");
  expect(await sample("latchkey_mails_waiting")).toBe("2");

  const text = await metricsText({ ...IDLE, sessions: null, mails: null });
  expect(text).not.toMatch(/^latchkey_(sessions_live|mails_waiting) /m);
  expect(text).toMatch(/^latchkey_hash_queue 1$/m);
  expect(text).toMatch(/^latchkey_hashes_running 4$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect(text).toMatch(/^process_resident_memory_bytes /m);
});

function age(token: string, created: number, seen: number): Promise<void> {
  return ageSessions({ token }, { created, seen });
}
