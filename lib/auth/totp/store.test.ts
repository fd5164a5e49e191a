/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { createUser } from "@/lib/users/store";
import { codeAt } from "./code";
import {
  checkCode,
  confirmSecret,
  countOldSecrets,
  findApp,
  MOST_WRONG,
  removeApp,
  renewSecrets,
  secretToShow,
  sweepShownSecrets,
} from "./store";

async function newUser(): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  return (await createUser({ email, name: "Ada", passwordHash: "none", role: "user" })).id;
}

/** A user with an app, whose first code is used up. Returns the secret, and the codes of this and the next time step. */
async function userWithApp() {
  const [userId, sessionHandle] = [await newUser(), randomUUID()];
  const secret = await secretToShow(userId, sessionHandle);
  const code = async (steps = 0) => {
    const [row] = await db().$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
    return codeAt(secret, new Date(Number(row?.now) + steps * 30_000));
  };
  const first = await code(-1);
  expect(await transaction((tx) => confirmSecret(tx, { userId, sessionHandle }, first))).toBe(true);
  return { userId, secret, first, code };
}

const isOn = async (id: string) =>
  (await db().user.findUniqueOrThrow({ where: { id }, select: { hasSecondFactor: true } })).hasSecondFactor;

test("a session sees one secret however often it loads the page, also at once; another session sees another one", async () => {
  const [userId, mine, other] = [await newUser(), randomUUID(), randomUUID()];
  const shown = await Promise.all([1, 2, 3, 4].map(() => secretToShow(userId, mine)));

  expect(new Set(shown).size).toBe(1);
  expect(await secretToShow(userId, mine)).toBe(shown[0]);
  expect(await secretToShow(userId, other)).not.toBe(shown[0]);
  expect(await transaction((tx) => confirmSecret(tx, { userId, sessionHandle: mine }, "123456"))).toBe(false);
  const [row] = await db().$queryRaw<
    { text: string }[]
  >`SELECT t::text AS text FROM totp t WHERE user_id = ${userId}::uuid`;
  expect(row?.text).not.toContain(shown[0]);
});

test("an app counts once a right code has been entered, and no longer after it was removed", async () => {
  const [userId, sessionHandle] = [await newUser(), randomUUID()];
  const secret = await secretToShow(userId, sessionHandle);
  expect([await isOn(userId), await findApp(userId), await checkCode(userId, codeAt(secret, new Date()))]).toEqual([
    false,
    null,
    { state: "none" },
  ]);

  const { userId: other } = await userWithApp();
  expect(await isOn(other)).toBe(true);
  expect(await transaction((tx) => removeApp(tx, other))).toBe(true);
  expect([await isOn(other), await findApp(other)]).toEqual([false, null]);
});

// ASVS 5.0, 6.5.1: a code works once.
test("a code is right once: not again, not the one before it, and of ten at once one is", async () => {
  const { userId, first, code } = await userWithApp();
  expect(await checkCode(userId, first)).toEqual({ state: "wrong", isStopped: false });

  const next = await code(1);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => checkCode(userId, next)));
  expect(outcomes.filter(({ state }) => state === "right")).toHaveLength(1);
  expect(await checkCode(userId, next)).toMatchObject({ state: "wrong" });
  expect(await checkCode(userId, await code(0))).toMatchObject({ state: "wrong" });
});

test("100 wrong codes in a row stop the app, even at once, and a right one before that begins the count anew", async () => {
  const { userId, code } = await userWithApp();
  await db().totp.update({ where: { userId }, data: { failures: MOST_WRONG - 1 }, select: { userId: true } });
  expect(await checkCode(userId, await code(1))).toEqual({ state: "right" });
  expect(await findApp(userId)).toMatchObject({ isStopped: false });

  await db().totp.update({
    where: { userId },
    data: { failures: MOST_WRONG - 3, lastStep: 0 },
    select: { userId: true },
  });
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => checkCode(userId, "no code")));
  expect(outcomes.filter(({ state }) => state === "wrong")).toHaveLength(3);
  expect(outcomes.filter((outcome) => "isStopped" in outcome && outcome.isStopped)).toHaveLength(1);
  expect(await checkCode(userId, await code())).toEqual({ state: "stopped" });
  expect(await findApp(userId)).toMatchObject({ isStopped: true });
});

test("a secret that another key encrypted is counted, and one whose key is known is encrypted anew and works on", async () => {
  const { userId, code } = await userWithApp();
  const before = await countOldSecrets();
  // The number of a key that is gone.
  const [kept] = await db().$queryRaw<{ secret: Uint8Array }[]>`
    UPDATE totp t SET secret = '\\x00000000'::bytea || substring(t.secret FROM 5) FROM totp old
     WHERE t.user_id = ${userId}::uuid AND old.user_id = t.user_id RETURNING old.secret`;
  expect(await countOldSecrets()).toEqual({ old: before.old + 1, lost: before.lost + 1 });
  await renewSecrets();
  expect(await checkCode(userId, await code())).toEqual({ state: "wrong", isStopped: false });

  await db().totp.update({
    where: { userId },
    data: { secret: Buffer.from(kept?.secret ?? []) },
    select: { userId: true },
  });
  expect(await checkCode(userId, await code())).toEqual({ state: "right" });
  expect(await countOldSecrets()).toEqual(before);
});

test("a secret that was shown and never confirmed is swept after an hour, and an app is not", async () => {
  const [userId, sessionHandle] = [await newUser(), randomUUID()];
  await secretToShow(userId, sessionHandle);
  const { userId: other } = await userWithApp();
  await sweepShownSecrets();
  expect(await db().totp.count({ where: { userId: { in: [userId, other] } } })).toBe(2);

  await db().$executeRaw`UPDATE totp SET new_at = now() - interval '61 minutes' WHERE user_id = ${userId}::uuid`;
  await sweepShownSecrets();
  expect(await db().totp.findMany({ where: { userId: { in: [userId, other] } }, select: { userId: true } })).toEqual([
    { userId: other },
  ]);
});
