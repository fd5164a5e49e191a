import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { beforeEach, expect, test, vi } from "vitest";
import { db, isOutage, transaction } from "@/lib/db";
import { env } from "@/lib/env";
import type { Amr } from "@/lib/session/amr";
import { openSessionStore, sessionStore } from "@/lib/session/store";
import { endingKeyOf, hashToken, newToken } from "@/lib/session/token";
import { disableUser, enableUser } from "@/lib/users/administration";
import { listUsers } from "@/lib/users/directory";
import { createSession } from "@/testing/sessions";
import { BROWSER, HERE, newUser } from "@/testing/stores";
import { add, change, hold, withToken } from "./rows";

// What only the store in memory does: see contract.test.ts for the rest.

vi.hoisted(() => {
  process.env.SESSION_STORE = "memory";
});

const NOBODY = { userId: null, userAgent: null, ipAddress: null };
const COMMAND = { ...NOBODY, note: "because" };

let closeStore: () => Promise<void>;

beforeEach(() => {
  closeStore = openSessionStore();
});

/** Does it in another process, which has no sessions in its memory. */
async function elsewhere<T>(work: () => Promise<T>): Promise<T> {
  const all = globalThis as { latchkeySessions?: unknown };
  const { latchkeySessions } = all;
  delete all.latchkeySessions;
  try {
    return await work();
  } finally {
    all.latchkeySessions = latchkeySessions;
  }
}

test("another process says that it does not reach the sessions, instead of finding none", async () => {
  const user = await newUser();
  await createSession(user, BROWSER);
  const store = sessionStore();
  const tries: Record<string, () => Promise<unknown>> = {
    search: () => store.search({ userId: user.id }, null),
    count: () => store.count({}),
    measure: () => store.measure({}),
    endSelected: () => store.endSelected({ userId: user.id }, "by-admin", COMMAND),
    end: () => transaction((tx) => store.end(tx, { userId: user.id, except: null }, "revoked", HERE)),
    sweep: () => store.sweep(),
    countExpired: () => store.countExpired(),
    countActive: () => store.countActive(),
    find: () => store.find(newToken()),
    create: () => createSession(user, BROWSER),
  };

  for (const [name, attempt] of Object.entries(tries))
    await expect(elsewhere(attempt), name).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("in the memory of the running server"),
    });
  const { users } = await elsewhere(() => listUsers({ search: user.email }, null, 1));
  expect(users).toMatchObject([{ id: user.id, sessions: null, lastSeenAt: null }]);
  expect((await listUsers({ search: user.email }, null, 1)).users).toMatchObject([{ sessions: 1 }]);
});

test("sessions of a user whom another process disables end for good, even if the user is enabled at once", async () => {
  const user = await newUser();
  const [used, unused, later] = [await createSession(user, BROWSER), await createSession(user, BROWSER), newToken()];
  expect(await elsewhere(() => disableUser(user.id, COMMAND))).toEqual({ state: "done" });
  expect((await sessionStore().find(used))?.disabledAt).toBeUndefined();
  await elsewhere(() => enableUser(user.id, COMMAND));

  expect(await sessionStore().find(used)).toBeNull();
  expect(await sessionStore().findEnding(used)).toMatchObject({ reason: "disabled" });
  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  expect((await sessionStore().list({ id: user.id, role: "user" })).sessions).toEqual([]);
  expect(await sessionStore().countExpired()).toBe(1);
  expect(await sessionStore().sweep()).toBe(1);
  expect(await sessionStore().findEnding(unused)).toMatchObject({ reason: "disabled" });
  const started = await createSession(user, BROWSER);
  expect(await sessionStore().find(started)).not.toBeNull();
  expect(await sessionStore().find(later)).toBeNull();
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id, event: "session_expired" } });
  expect(lines.map(({ reason, byUserId }) => [reason, byUserId])).toEqual([
    ["disabled", null],
    ["disabled", null],
  ]);
});

test("1,200 selected sessions end, each with a ledger line", async () => {
  const user = await newUser();
  await transaction(async (tx) => {
    for (let count = 0; count < 1200; count++) add(tx, rowOf(user.id, newToken()));
  });

  expect(await sessionStore().endSelected({ address: "203.0.113.0/24" }, "by-admin", COMMAND)).toBe(1200);
  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  expect(await db().ledgerLine.count({ where: { userId: user.id, reason: "by-admin", note: "because" } })).toBe(1200);
});

test("a session that ends while its user is being read is not found", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const locking = new Client(env().DATABASE_URL);
  await locking.connect();
  await locking.query("BEGIN; LOCK TABLE users");
  const looking = sessionStore().find(token);
  await transaction(async (tx) => {
    for (const { entry } of await hold(
      tx,
      [withToken(token)].filter((one) => one !== null),
    ))
      change(entry, null);
  });
  await locking.query("COMMIT");
  await locking.end();

  expect(await looking).toBeNull();
});

function rowOf(userId: string, token: string) {
  const [now, tokenHash] = [new Date(), hashToken(token)];
  return {
    ...{ tokenHash, mark: endingKeyOf(tokenHash), handle: randomUUID(), userId, disabledLine: 0, name: null },
    ...{
      amr: ["pwd"] as Amr[],
      level: 1 as const,
      publicComputer: false,
      demonstration: false,
      userAgent: "Test",
      ipAddress: "203.0.113.9",
      lastIpAddress: "203.0.113.9",
    },
    ...{ confirmedAt: now, confirmedUntil: now, createdAt: now, lastSeenAt: now },
    ...{ boundAt: null, proofKey: null, provedAt: null, proofSeenAt: null, rotation: null },
  };
}

test("when the response to a COMMIT is lost, a session that it ended stays ended, and one that it started is not found", async () => {
  const user = await newUser();
  const token = await createSession(user, BROWSER);
  let started = "";
  const lost = transaction(async (tx) => {
    started = (await sessionStore().create(tx, user, BROWSER)).token;
    await sessionStore().end(tx, { tokenHash: hashToken(token) }, "revoked", HERE);
    const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await db().$queryRaw`SELECT pg_terminate_backend(${row?.pid}::int, 1000)`;
  });

  await expect(lost).rejects.toSatisfy(isOutage);
  for (const one of [token, started]) expect(await sessionStore().find(one)).toBeNull();
  expect((await sessionStore().list({ id: user.id, role: "user" })).sessions).toEqual([]);
});

test("a server that stops ends its sessions as restarted, and its successor knows of lost ones that they ended so", async () => {
  const token = await createSession(await newUser(), BROWSER);
  const gone = await newUser();
  const deleted = await createSession(gone, BROWSER);
  await db().user.delete({ where: { id: gone.id } });
  expect(await sessionStore().findEnding(deleted)).toBeNull();
  await closeStore();

  expect(await sessionStore().find(token)).toBeNull();
  expect(await sessionStore().findEnding(token)).toMatchObject({ reason: "restarted", userAgent: null });
  const before = new Date();
  await elsewhere(async () => {
    openSessionStore();
    const ending = await sessionStore().findEnding(newToken());
    expect(ending).toEqual({ reason: "restarted", at: expect.any(Date), userAgent: null, detail: null });
    expect(Number(ending?.at)).toBeGreaterThanOrEqual(before.getTime());
  });
});
