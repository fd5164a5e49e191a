/** @module-tag time */
import { expect, test } from "vitest";
import { transaction } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { lifetimes } from "@/lib/session/policy";
import type { Rotation } from "@/lib/session/rotation/rule";
import { describeStores, HERE, newUser } from "@/testing/stores";

// What every session store does with the generations of a session's cookie.

const first: Rotation = { generation: 1, since: Date.now(), client: null, returns: 0 };
const settled: Rotation = { ...first, client: "x".repeat(11) };
const second: Rotation = { ...first, generation: 2, previous: "x".repeat(11) };

await describeStores("rotations", ({ store, age, start, end, found }) => {
  const its = lifetimes({ publicComputer: false, role: "user" });
  const rotate = (token: string, from: Rotation | null, to: Rotation) =>
    store.touch(token, its, HERE.ipAddress, { rotated: { from, to } });

  test("a generation is stored at once, also within the touch interval, and a use without one keeps it", async () => {
    const { token } = await start(await newUser());
    expect((await found(token)).rotation).toBeNull();
    // Again and again, as requests come: a copy that has missed one is renewed at the next.
    const rotated = async (from: Rotation | null, to: Rotation) => {
      await rotate(token, from, to);
      return (await found(token)).rotation;
    };
    await expect.poll(() => rotated(null, first)).toEqual(first);
    await expect.poll(() => rotated(first, settled)).toEqual(settled);
    await expect.poll(() => rotated(settled, second)).toEqual(second);
    await expect.poll(() => rotated(second, settled)).toEqual(settled);

    await age({ token }, { seen: its.touch });
    await store.touch(token, its, HERE.ipAddress);
    const { rotation, session, now } = await found(token);
    expect(rotation).toEqual(settled);
    expect(now.getTime() - session.lastSeenAt.getTime()).toBeLessThan(MINUTE);
  });

  test("a rotation from a state that has changed meanwhile is not stored", async () => {
    const { token } = await start(await newUser());
    await rotate(token, null, settled);
    for (const from of [null, first]) await rotate(token, from, { ...first, generation: 9 });
    expect((await found(token)).rotation).toEqual(settled);
  });

  test("of ten rotations at once from one state, one is stored", async () => {
    const { token } = await start(await newUser());
    await rotate(token, null, first);
    const clients = Array.from({ length: 10 }, (_, index) => `client-${index}`);
    await Promise.all(clients.map((client) => rotate(token, first, { ...first, client })));
    const stored = (await found(token)).rotation;
    expect(clients).toContain(stored?.client);
    await Promise.all(clients.map((client) => rotate(token, first, { ...first, client })));
    expect((await found(token)).rotation).toEqual(stored);
  });

  test("a generation neither restores a session that has ended nor extends an expired one", async () => {
    const [ended, expired] = [await start(await newUser()), await start(await newUser())];
    await end(ended.token);
    await rotate(ended.token, null, first);
    expect(await store.find(ended.token)).toBeNull();

    await age({ token: expired.token }, { created: its.idle + HOUR, seen: its.idle });
    await rotate(expired.token, null, first);
    expect((await found(expired.token)).rotation).toBeNull();
  });

  test("with a new token, the cookie has not rotated yet, whatever the earlier one does meanwhile", async () => {
    const { token } = await start(await newUser());
    await rotate(token, null, settled);
    const [renewed] = await Promise.all([
      transaction((tx) => store.renew(tx, token)),
      rotate(token, settled, { ...first, generation: 2 }),
    ]);
    expect((await found(String(renewed))).rotation).toBeNull();
  });
});
