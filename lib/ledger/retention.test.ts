/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { forgetPerson, keepRetention } from "./retention";
import { type LedgerEvent, record } from "./store";

const WHENCE = { userAgent: "Test", ipAddress: "192.0.2.77" };

/** Writes a line, and returns its user id. `age` is in days. */
async function line({ age = 0, ipAddress = WHENCE.ipAddress, event = "authn_login_fail" as LedgerEvent } = {}) {
  const userId = randomUUID();
  if (age === 0) await record(db(), { event, userId, byUserId: null, ...WHENCE, ipAddress });
  else
    await db().$executeRaw`
      INSERT INTO ledger (at, event, user_id, ip_address, user_agent)
      VALUES (now() - make_interval(days => ${age}::int), ${event}, ${userId}::uuid, ${ipAddress}::inet, 'Test')`;
  return userId;
}

function linesOf(userId: string) {
  return db().ledgerLine.findMany({ where: { userId }, select: { event: true, ipAddress: true, userAgent: true } });
}

test("Postgres refuses to change a line", async () => {
  const userId = await line();
  const change = db().ledgerLine.updateMany({ where: { userId }, data: { event: "authn_login_success" } });

  await expect(change).rejects.toThrow(/append-only/);
  expect(await linesOf(userId)).toMatchObject([{ event: "authn_login_fail" }]);
});

test("Postgres refuses to delete a line, or to truncate the ledger", async () => {
  const userId = await line();

  await expect(db().ledgerLine.deleteMany({ where: { userId } })).rejects.toThrow(/append-only/);
  await expect(db().$executeRaw`TRUNCATE ledger`).rejects.toThrow(/append-only/);
  expect(await linesOf(userId)).toHaveLength(1);
});

test.each([
  ["the event", "event = 'authn_login_success'"],
  ["the time", "at = now() - interval '1 day'"],
  ["the user", "user_id = NULL"],
  ["the address to another one", "ip_address = '198.51.100.1'"],
  ["the browser to another one", "user_agent = 'Other'"],
])("a transaction that applies retention cannot change %s of a line", async (_what, change) => {
  const userId = await line();
  const rewriting = transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL latchkey.retention = 'on'`;
    await tx.$executeRawUnsafe(`UPDATE ledger SET ${change} WHERE user_id = '${userId}'`);
  });

  await expect(rewriting).rejects.toThrow(/append-only/);
});

test("lines older than their lifetime are deleted, and younger ones stay", async () => {
  const [old, young] = [await line({ age: 401 }), await line({ age: 399 })];
  const { deleted } = await keepRetention();

  expect(deleted).toBeGreaterThan(0);
  expect(await linesOf(old)).toEqual([]);
  expect(await linesOf(young)).toHaveLength(1);
});

test("addresses are shortened after their lifetime, once, and not before", async () => {
  const v4 = await line({ age: 91 });
  const v6 = await line({ age: 91, ipAddress: "2001:db8:1:2:3::4" });
  const young = await line({ age: 89 });
  await keepRetention();

  const address = async (userId: string) => (await linesOf(userId))[0]?.ipAddress;
  expect(await address(v4)).toBe("192.0.2.0/24");
  expect(await address(v6)).toBe("2001:db8:1::/48");
  expect(await address(young)).toBe("192.0.2.77");
  expect(await keepRetention()).toEqual({ deleted: 0, shortened: 0 });
});

test("the lines of a deleted account stay, without address and browser", async () => {
  const [userId, other] = [await line(), await line()];
  await transaction((tx) => forgetPerson(tx, userId));

  expect(await linesOf(userId)).toEqual([{ event: "authn_login_fail", ipAddress: null, userAgent: null }]);
  expect(await linesOf(other)).toMatchObject([WHENCE]);
});
