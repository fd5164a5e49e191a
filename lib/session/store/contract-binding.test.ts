/** @module-tag time */
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { SECOND } from "@/lib/env";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import { lifetimes } from "@/lib/session/policy";
import { describeStores, HERE, newUser } from "@/testing/stores";

// What every session store does with the key of a session's browser.

const KEY: ProofKey = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) };
const OTHER: ProofKey = { ...KEY, x: "z".repeat(43) };

await describeStores("bindings", ({ store, age, start, end, found }) => {
  const its = lifetimes({ publicComputer: false, role: "user" });

  test("a session has no key until its browser registers one, and is bound at the first proof", async () => {
    const { token, handle } = await start(await newUser());
    expect(await found(token)).toMatchObject({ binding: null, session: { boundAt: null } });

    const registered = await store.bind(handle, KEY);
    const pending = await found(token);
    expect(pending.binding).toEqual({ key: KEY, provedAt: registered, seenAt: null });
    expect(pending.session.boundAt).toBeNull();

    const proved = await store.prove(db(), handle, registered as Date);
    const bound = await found(token);
    expect(bound.binding).toEqual({ key: KEY, provedAt: proved, seenAt: null });
    expect(Number(proved)).toBeGreaterThan(Number(registered));
    expect(bound.session.boundAt).toBeInstanceOf(Date);
  });

  test("the same key can come again until the first proof, and no other key replaces it", async () => {
    const { handle } = await start(await newUser());
    const registered = await store.bind(handle, KEY);
    expect(await store.bind(handle, KEY)).toEqual(registered);
    expect(await store.bind(handle, OTHER)).toBeNull();

    await store.prove(db(), handle, registered as Date);
    expect(await store.bind(handle, KEY)).toBeNull();
  });

  test("of ten proofs at once for one challenge, one counts", async () => {
    const { handle } = await start(await newUser());
    const registered = (await store.bind(handle, KEY)) as Date;
    const proofs = await Promise.all(Array.from({ length: 10 }, () => store.prove(db(), handle, registered)));
    expect(proofs.filter((proved) => proved !== null)).toHaveLength(1);
  });

  test("later proofs leave the moment at which the session was bound", async () => {
    const { token, handle } = await start(await newUser());
    const first = (await store.prove(db(), handle, (await store.bind(handle, KEY)) as Date)) as Date;
    const { session } = await found(token);
    expect(await store.prove(db(), handle, first)).toBeInstanceOf(Date);
    expect((await found(token)).session.boundAt).toEqual(session.boundAt);
  });

  test("a forgotten key makes room for another one", async () => {
    const { token, handle } = await start(await newUser());
    await store.prove(db(), handle, (await store.bind(handle, KEY)) as Date);
    await transaction((tx) => store.unbind(tx, handle));
    expect(await found(token)).toMatchObject({ binding: null, session: { boundAt: null } });

    await store.bind(handle, OTHER);
    expect((await found(token)).binding?.key).toEqual(OTHER);
  });

  test("a use records the proof that it brought, and a use without one keeps it", async () => {
    const { token, handle } = await start(await newUser());
    const proved = (await store.prove(db(), handle, (await store.bind(handle, KEY)) as Date)) as Date;
    await age({ token }, { seen: its.touch + SECOND });
    await store.touch(token, its, HERE.ipAddress, { seen: proved });
    expect((await found(token)).binding?.seenAt).toEqual(proved);

    await age({ token }, { seen: its.touch + SECOND });
    await store.touch(token, its, HERE.ipAddress);
    expect((await found(token)).binding?.seenAt).toEqual(proved);
  });

  test("a session keeps its key when it gets a new token", async () => {
    const { token, handle } = await start(await newUser());
    await store.prove(db(), handle, (await store.bind(handle, KEY)) as Date);
    const renewed = String(await transaction((tx) => store.renew(tx, token)));
    expect((await found(renewed)).binding?.key).toEqual(KEY);
  });

  test("a session that has ended gets no key and proves nothing", async () => {
    const { token, handle } = await start(await newUser());
    const registered = (await store.bind(handle, KEY)) as Date;
    await end(token);
    expect(await store.bind(handle, KEY)).toBeNull();
    expect(await store.prove(db(), handle, registered)).toBeNull();
  });

  test("an administrator's list says since when a session has been bound", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    const listed = async () => (await store.search({ userId: user.id }, null)).sessions[0]?.boundAt;
    expect(await listed()).toBeNull();
    await store.prove(db(), handle, (await store.bind(handle, KEY)) as Date);
    expect(await listed()).toBe((await found(token)).session.boundAt?.toISOString());
  });
});
