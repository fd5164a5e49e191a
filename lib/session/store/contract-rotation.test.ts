/** @module-tag time */
import { expect, test } from "vitest";
import { transaction } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { lifetimes } from "@/lib/session/policy";
import type { Rotation } from "@/lib/session/rotation/rule";
import { describeStores, HERE, newUser } from "@/testing/stores";

// What every session store does with the turns of a session's cookie.

const first: Rotation = { turn: 1, since: Date.now(), client: null, returns: 0 };
const settled: Rotation = { ...first, client: "x".repeat(11) };

await describeStores("turns", ({ store, age, start, end, found }) => {
  const its = lifetimes({ publicComputer: false, role: "user" });
  const turn = (token: string, from: Rotation | null, to: Rotation) =>
    store.touch(token, its, HERE.ipAddress, { turned: { from, to } });

  test("a turn is stored at once, also within the touch interval, and a use without one keeps it", async () => {
    const { token } = await start(await newUser());
    expect((await found(token)).rotation).toBeNull();
    // Again and again, as requests come: a copy that has missed one is renewed at the next.
    const turned = async (from: Rotation | null, to: Rotation) => {
      await turn(token, from, to);
      return (await found(token)).rotation;
    };
    await expect.poll(() => turned(null, first)).toEqual(first);
    await expect.poll(() => turned(first, settled)).toEqual(settled);

    await age({ token }, { seen: its.touch });
    await store.touch(token, its, HERE.ipAddress);
    const { rotation, session, now } = await found(token);
    expect(rotation).toEqual(settled);
    expect(now.getTime() - session.lastSeenAt.getTime()).toBeLessThan(MINUTE);
  });

  test("a turn from a rotation that has changed meanwhile is not stored", async () => {
    const { token } = await start(await newUser());
    await turn(token, null, settled);
    for (const from of [null, first]) await turn(token, from, { ...first, turn: 9 });
    expect((await found(token)).rotation).toEqual(settled);
  });

  test("of ten turns at once from one rotation, one is stored", async () => {
    const { token } = await start(await newUser());
    await turn(token, null, first);
    const clients = Array.from({ length: 10 }, (_, index) => `client-${index}`);
    await Promise.all(clients.map((client) => turn(token, first, { ...first, client })));
    const stored = (await found(token)).rotation;
    expect(clients).toContain(stored?.client);
    await Promise.all(clients.map((client) => turn(token, first, { ...first, client })));
    expect((await found(token)).rotation).toEqual(stored);
  });

  test("a turn neither restores a session that has ended nor extends an expired one", async () => {
    const [ended, expired] = [await start(await newUser()), await start(await newUser())];
    await end(ended.token);
    await turn(ended.token, null, first);
    expect(await store.find(ended.token)).toBeNull();

    await age({ token: expired.token }, { created: its.idle + HOUR, seen: its.idle });
    await turn(expired.token, null, first);
    expect((await found(expired.token)).rotation).toBeNull();
  });

  test("with a new token, the cookie has not turned yet, whatever the earlier one does meanwhile", async () => {
    const { token } = await start(await newUser());
    await turn(token, null, settled);
    const [renewed] = await Promise.all([
      transaction((tx) => store.renew(tx, token)),
      turn(token, settled, { ...first, turn: 2 }),
    ]);
    expect((await found(String(renewed))).rotation).toBeNull();
  });
});
