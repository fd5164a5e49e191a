/** @module-tag time */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { transaction } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { expiry, lifetimes } from "@/lib/session/policy";
import { STORES } from "@/lib/session/store";
import { hashToken, newToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { AGING } from "@/testing/sessions";
import { isTooManySessions, isUserGone } from "./contract";
import { parsePosition } from "./position";

// What every session store does. These tests know nothing about where sessions are stored.

const NAMES = Object.keys(STORES) as (keyof typeof STORES)[];

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };
const BROWSER = { ...HERE, publicComputer: false, previousToken: null };

describe.each(NAMES)("sessions in the store %s", (name) => {
  const store = STORES[name];
  const age = AGING[name];
  const newUser = (role: "user" | "admin" = "user") =>
    createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role });
  const start = (user: { id: string }, more = {}) =>
    transaction((tx) => store.create(tx, user, { ...BROWSER, ...more }));
  const end = (token: string) =>
    transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE));
  const its = lifetimes({ publicComputer: false, role: "user" });

  test("a new session is found only by its token, and is in its owner's list", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);

    const found = await store.find(token);
    expect(found).toMatchObject({ user: { id: user.id, role: "user" }, session: { handle, ...HERE, name: null } });
    expect(JSON.stringify(found)).not.toContain(token);
    expect(await store.find(newToken())).toBeNull();
    expect((await store.list({ id: user.id, role: "user" })).sessions).toMatchObject([{ handle }]);
  });

  test("a failed transaction starts no session, and a log-in to a deleted account throws UserGone", async () => {
    const user = await newUser();
    let token = "";
    const failing = transaction(async (tx) => {
      token = (await store.create(tx, user, BROWSER)).token;
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await store.find(token)).toBeNull();
    await expect(start({ id: randomUUID() })).rejects.toSatisfy(isUserGone);
  });

  test("an ended session is not found, has a recorded reason, and ends only once", async () => {
    const { token } = await start(await newUser());
    expect(await store.findEnding(token)).toBeNull();

    expect(await Promise.all([end(token), end(token), end(token)]).then((ended) => ended.sort())).toEqual([0, 0, 1]);
    expect(await store.find(token)).toBeNull();
    expect(await store.findEnding(token)).toMatchObject({ reason: "logged-out", userAgent: "Test" });
    await store.touch(token, its, null);
    expect(await store.find(token)).toBeNull();
  });

  test("a log-in ends the browser's previous session: as logged-out if it was the same user's, else as replaced", async () => {
    const [owner, other] = [await newUser(), await newUser()];
    const before = await start(owner);
    const next = await start(owner, { previousToken: before.token });
    await start(other, { previousToken: next.token });

    expect(await store.findEnding(before.token)).toMatchObject({ reason: "logged-out" });
    expect(await store.findEnding(next.token)).toMatchObject({ reason: "replaced" });
  });

  test("at the session limit, a log-in ends the least recently used session, ends the chosen ones, or is refused", async () => {
    const user = await newUser();
    const started = [];
    for (let count = 0; count < 20; count++) started.push(await start(user));
    const [oldest, second] = started;
    await age({ token: String(oldest?.token) }, { created: 2 * HOUR, seen: HOUR });

    const refused = transaction((tx) => store.create(tx, user, BROWSER, { kind: "refuse" }));
    await expect(refused).rejects.toSatisfy(isTooManySessions);
    await start(user);
    expect(await store.findEnding(String(oldest?.token))).toMatchObject({ reason: "over-limit" });
    await transaction((tx) => store.create(tx, user, BROWSER, { kind: "end", handles: [String(second?.handle)] }));
    expect(await store.findEnding(String(second?.token))).toMatchObject({ reason: "revoked" });
    expect((await store.list({ id: user.id, role: "user" })).sessions).toHaveLength(20);
  });

  test("renewing gives the session a new token, and the old token no longer works", async () => {
    const { token, handle } = await start(await newUser());
    const renewed = await transaction((tx) => store.renew(tx, token));

    expect(await store.find(token)).toBeNull();
    expect(await store.find(String(renewed))).toMatchObject({ session: { handle } });
    expect(await transaction((tx) => store.renew(tx, token))).toBeNull();
  });

  test("use is recorded at most once per touch interval, and only of active sessions", async () => {
    const { token } = await start(await newUser());
    const seen = async () => (await store.find(token))?.session.lastSeenAt.getTime();

    const first = await seen();
    await store.touch(token, its, "198.51.100.1");
    expect(await seen()).toBe(first);
    await age({ token }, { created: HOUR, seen: its.touch + MINUTE });
    const before = await seen();
    await store.touch(token, its, "198.51.100.1");
    expect(await seen()).toBeGreaterThan(Number(before));
    expect((await store.find(token))?.session.lastIpAddress).toBe("198.51.100.1");
    await age({ token }, { created: its.idle + HOUR, seen: its.idle + MINUTE });
    const over = await seen();
    await store.touch(token, its, null);
    expect(await seen()).toBe(over);
  });

  test("a confirmation counts until it is dropped, and can be extended only while it counts", async () => {
    const { token, handle } = await start(await newUser());
    const isConfirmed = async () => {
      const found = await store.find(token);
      return found && found.session.confirmedUntil > found.now;
    };

    expect([await isConfirmed(), await store.extendConfirmation(handle)]).toEqual([true, true]);
    await store.dropConfirmation(handle);
    expect([await isConfirmed(), await store.extendConfirmation(handle)]).toEqual([false, false]);
    await transaction((tx) => store.confirm(tx, handle));
    expect(await isConfirmed()).toBe(true);
  });

  test("useOf gives the number of sessions and the last use of several users at once", async () => {
    const [busy, gone, other] = [await newUser(), await newUser(), await newUser()];
    const [first, second] = [await start(busy), await start(busy)];
    await end((await start(gone)).token);
    await start(other);
    // An expired session counts until it is swept.
    await age(first, { created: its.idle + HOUR, seen: its.idle + MINUTE });

    const use = await store.useOf([busy.id, gone.id]);
    const lastSeenAt = (await store.find(second.token))?.session.lastSeenAt;
    expect([...use]).toEqual([[busy.id, { sessions: 2, lastSeenAt }]]);
  });

  test("users can name and end their own sessions, and nobody else's", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { token, handle } = await start(other);
    const endBy = (userId: string) =>
      transaction((tx) => store.end(tx, { userId, handles: [handle] }, "revoked", HERE));

    expect(await store.rename({ userId: user.id, handle }, "Mine")).toBe(false);
    expect([await store.isForeign(user.id, [handle]), await store.isForeign(other.id, [handle])]).toEqual([
      true,
      false,
    ]);
    expect(await endBy(user.id)).toBe(0);
    expect(await store.rename({ userId: other.id, handle }, "Mine")).toBe(true);
    expect((await store.find(token))?.session.name).toBe("Mine");
    expect(await endBy(other.id)).toBe(1);
  });

  test("several of a user's sessions can be ended together, and each has its line", async () => {
    const user = await newUser();
    const [one, two, three] = [await start(user), await start(user), await start(user)];

    const handles = [one.handle, three.handle];
    expect(await transaction((tx) => store.end(tx, { userId: user.id, handles }, "revoked", HERE))).toBe(2);
    expect(await store.find(two.token)).not.toBeNull();
    for (const { token } of [one, three]) expect(await store.findEnding(token)).toMatchObject({ reason: "revoked" });
  });

  test("all of a user's sessions can be ended except one", async () => {
    const user = await newUser();
    const [one, two, three] = [await start(user), await start(user), await start(user)];

    const ended = await transaction((tx) =>
      store.end(tx, { userId: user.id, except: two.handle }, "password-changed", HERE),
    );
    expect(ended).toBe(2);
    expect(await store.find(two.token)).not.toBeNull();
    for (const { token } of [one, three])
      expect(await store.findEnding(token)).toMatchObject({ reason: "password-changed" });
  });

  test("a selection finds, counts and ends the matching sessions, and no others", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const [first, second] = [await start(user), await start(user, { ipAddress: "203.0.113.9" })];
    const kept = await start(other, { ipAddress: "203.0.113.9" });
    const those = { userId: user.id, address: "203.0.113.0/24" };

    expect((await store.search({ userId: user.id }, null)).sessions.map(({ handle }) => handle)).toEqual([
      second.handle,
      first.handle,
    ]);
    const oldest = await store.search({ userId: user.id }, null, 1, "oldest");
    const rest = await store.search({ userId: user.id }, parsePosition(oldest.next), 1, "oldest");
    expect([...oldest.sessions, ...rest.sessions].map(({ handle }) => handle)).toEqual([first.handle, second.handle]);
    expect(rest.next).toBeNull();
    expect(await store.count(those)).toBe(1);
    expect(await store.measure(those)).toMatchObject({ sessions: 1, people: 1, newer: 0 });
    expect(await store.endSelected(those, "by-admin", { ...HERE, userId: null, note: "because" })).toBe(1);
    expect(await store.findEnding(second.token)).toMatchObject({ reason: "by-admin" });
    for (const { token } of [first, kept]) expect(await store.find(token)).not.toBeNull();
  });

  test.each([
    ["user", false],
    ["user", true],
    ["admin", false],
    ["admin", true],
  ] as const)(
    "the policy and the store agree on when the session of a %s has expired (public computer: %s)",
    async (role, publicComputer) => {
      const user = await newUser(role);
      const { token } = await start(user, { publicComputer });
      const { idle, total } = lifetimes({ publicComputer, role });

      for (const [created, seen] of [
        [idle - MINUTE, idle - MINUTE],
        [idle + MINUTE, idle + MINUTE],
        [total - MINUTE, 0],
        [total + MINUTE, 0],
        [total + MINUTE, idle + MINUTE],
      ] as const) {
        await age({ token }, { created, seen });
        const found = await store.find(token);
        const isOver = found && expiry(found.session, found.lifetimes, found.now) !== null;
        const { sessions, expired } = await store.list({ id: user.id, role });
        expect([isOver, sessions.length, expired.length, await store.count({ userId: user.id })]).toEqual(
          isOver ? [true, 0, 1, 0] : [false, 1, 0, 1],
        );
        expect(isOver).toBe(created > total || seen > idle);
      }
      // It has expired, so the caller does not count as having ended it.
      expect(await end(token)).toBe(0);
      expect((await store.findEnding(token))?.reason).toMatch(/^(idle|expired)$/);
    },
  );

  test("a sweep ends an expired session as idle, and leaves active ones alone", async () => {
    // Removes what earlier tests have left.
    await store.sweep();
    const user = await newUser();
    const [over, active] = [await start(user), await start(user)];
    await age(over, { created: its.idle + HOUR, seen: its.idle + MINUTE });

    expect(await store.countExpired()).toBe(1);
    expect(await store.sweep()).toBe(1);
    expect(await store.findEnding(over.token)).toMatchObject({ reason: "idle" });
    expect(await store.find(active.token)).not.toBeNull();
    expect(await store.countActive()).toBe(await store.count({}));
  });
});
