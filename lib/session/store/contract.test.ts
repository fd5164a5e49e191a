/** @module-tag time */
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY, env, HOUR, MINUTE, SECOND } from "@/lib/env";
import { CHANNEL } from "@/lib/session/events";
import { expiry, lifetimes } from "@/lib/session/policy";
import { hashToken, newToken } from "@/lib/session/token";
import { Prisma } from "@/prisma/client/client";
import { BROWSER, describeStores, HERE, newUser } from "@/testing/stores";
import { isTooManySessions, isUserGone } from "./contract";
import { lockUser } from "./index";

// What every session store does with a session. See also contract-races.test.ts and contract-selection.test.ts.

await describeStores("sessions", ({ store, age, start, end, found }) => {
  const its = lifetimes({ publicComputer: false, role: "user" });
  const listed = async ({ id }: { id: string }) =>
    (await store.list({ id, role: "user" })).sessions.map(({ handle }) => handle);

  test("a session is found by its token, with its user and without secrets", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    const { session, ...rest } = await found(token);

    expect(rest.user).toEqual({ id: user.id, email: user.email, name: "Ada", role: "user" });
    expect(session).toMatchObject({ handle, name: null, publicComputer: false, ...HERE, lastIpAddress: "192.0.2.7" });
    expect(Object.keys(session).sort()).toEqual([
      ...[
        "amr",
        "boundAt",
        "confirmedAt",
        "confirmedUntil",
        "createdAt",
        "demonstration",
        "handle",
        "idleAt",
        "ipAddress",
      ],
      ...["lastIpAddress", "lastSeenAt", "level", "name", "publicComputer", "totalAt", "userAgent"],
    ]);
    expect(Object.keys(rest).sort()).toEqual([
      ...["binding", "disabledAt", "hasSecondFactor", "lifetimes", "locale", "now", "pendingEmail"],
      ...["rotation", "timeZone", "user"],
    ]);
    expect(JSON.stringify([session, rest])).not.toContain(token);
    expect((await store.list({ id: user.id, role: "user" })).sessions).toEqual([session]);
  });

  test("a session is found with all sessions of its user and a value about the user", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    await start(user);
    await start(await newUser());
    const sql = (id: Prisma.Sql, its: Prisma.Sql) => Prisma.sql`json_build_object('id', ${id}, 'handle', ${its})`;
    const read = await store.findWith(token, { name: "test", sql });
    const { now: _, ...found } = read?.found ?? { now: null };

    expect(await store.find(token)).toMatchObject(found);
    expect(read?.listed.sessions).toEqual((await store.list({ id: user.id, role: "user" })).sessions);
    expect(read?.listed.sessions).toHaveLength(2);
    expect(read?.about).toEqual({ id: user.id, handle });
    expect(await store.findWith(newToken(), { name: "test", sql })).toBeNull();
  });

  test("150 concurrent look-ups each get their own session, or none for an unknown token", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => newUser()));
    const started = await Promise.all(users.map((user) => start(user)));
    const tokens = started.map(({ token }) => token);
    // More than one statement looks up, some of them twice, and some of unknown tokens.
    const asked = Array.from({ length: 150 }, (_, index) => (index % 3 === 2 ? newToken() : String(tokens[index % 5])));
    const all = await Promise.all(asked.map((token) => store.find(token)));

    const expected = asked.map((token) => users[tokens.indexOf(token)]?.id);
    expect(all.map((one) => one?.user.id)).toEqual(expected);
  });

  test("the stored hash cannot be used as a token", async () => {
    const { token } = await start(await newUser());
    const stored = Buffer.from(hashToken(token));

    expect(await store.find(stored.toString("base64url"))).toBeNull();
    expect(await store.find(stored.toString("hex"))).toBeNull();
  });

  test("an unknown token finds nothing, and ends, renews and uses nothing", async () => {
    const token = newToken();
    expect(await store.find(token)).toBeNull();
    expect(await end(token)).toBe(0);
    expect(await transaction((tx) => store.renew(tx, token))).toBeNull();
    await store.touch(token, { ...its, touch: 0 }, null);

    expect(await store.find(token)).toBeNull();
  });

  test("a failed transaction starts no session, and a log-in to a deleted account throws UserGone", async () => {
    const user = await newUser();
    let token = "";
    const failing = transaction(async (tx) => {
      token = (await store.create(tx, user, BROWSER)).token;
      // It begins with the commit.
      expect(await store.find(token)).toBeNull();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await store.find(token)).toBeNull();
    expect(await listed(user)).toEqual([]);
    await expect(start({ id: randomUUID() })).rejects.toSatisfy(isUserGone);
  });

  test("an ended session is not found, has a recorded reason, and ends only once", async () => {
    const { token } = await start(await newUser());
    expect(await store.findEnding(token)).toBeNull();

    expect(await Promise.all([end(token), end(token), end(token)]).then((ended) => ended.sort())).toEqual([0, 0, 1]);
    expect(await store.find(token)).toBeNull();
    expect(await store.findEnding(token)).toMatchObject({ reason: "logged-out", userAgent: "Test", detail: null });
  });

  test("only the holder of the token learns how the session ended", async () => {
    const { token } = await start(await newUser());
    await transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "revoked", HERE));

    expect(await store.findEnding(token)).toMatchObject({ reason: "revoked", userAgent: "Test" });
    for (const other of [newToken(), Buffer.from(hashToken(token)).toString("base64url")])
      expect((await store.findEnding(other))?.reason).not.toBe("revoked");
  });

  test("the ledger contains neither the token nor its hash", async () => {
    const user = await newUser();
    const { token } = await start(user);
    await end(token);

    const [line] = await db().$queryRaw<
      { text: string }[]
    >`SELECT ledger::text AS text FROM ledger WHERE user_id = ${user.id}::uuid`;
    expect(line?.text).toContain("logged-out");
    expect(line?.text).not.toContain(token);
    expect(line?.text).not.toContain(Buffer.from(hashToken(token)).toString("hex"));
  });

  test("a session does not end when its ledger line cannot be written", async () => {
    const { token } = await start(await newUser());
    const by = { ...HERE, ipAddress: "no address" };
    await expect(store.end(db(), { tokenHash: hashToken(token) }, "logged-out", by)).rejects.toThrow();

    expect(await store.find(token)).not.toBeNull();
    expect(await end(token)).toBe(1);
  });

  test("a log-in ends the browser's previous session: as logged-out if it was the same user's, else as replaced", async () => {
    const [owner, other] = [await newUser(), await newUser()];
    const before = await start(owner);
    const next = await start(owner, { previousToken: before.token });
    await start(other, { previousToken: next.token });

    expect(await store.findEnding(before.token)).toMatchObject({ reason: "logged-out" });
    expect(await store.findEnding(next.token)).toMatchObject({ reason: "replaced" });
    const line = await db().ledgerLine.findFirst({ where: { userId: owner.id, reason: "replaced" } });
    expect(line).toMatchObject({ byUserId: other.id, sessionHandle: next.handle, ...HERE });
  });

  test("at the session limit, a log-in ends the least recently used session, ends the chosen ones, or is refused", async () => {
    const user = await newUser();
    const started = [];
    for (let count = 0; count < 20; count++) started.push(await start(user));
    const [oldest, second] = started;
    await age({ token: String(oldest?.token) }, { created: 2 * HOUR, seen: HOUR });

    await expect(start(user, {}, { kind: "refuse" })).rejects.toSatisfy(isTooManySessions);
    expect(await listed(user)).toHaveLength(20);
    await start(user);
    expect(await store.findEnding(String(oldest?.token))).toMatchObject({ reason: "over-limit" });
    await start(user, {}, { kind: "end", handles: [String(second?.handle)] });
    expect(await store.findEnding(String(second?.token))).toMatchObject({ reason: "revoked" });
    await expect(start(user, {}, { kind: "end", handles: [] })).rejects.toSatisfy(isTooManySessions);
    expect(await listed(user)).toHaveLength(20);
  });

  test("expired sessions do not count towards the session limit", async () => {
    const user = await newUser();
    for (let count = 0; count < 20; count++) await start(user);
    await age({ userId: user.id }, { created: its.idle + HOUR, seen: its.idle + HOUR });

    await start(user, {}, { kind: "refuse" });
    expect(await listed(user)).toHaveLength(1);
  });

  test("a demonstration belongs to the session that starts it, ends the user's earlier one, and has no recent password", async () => {
    const user = await newUser();
    const own = await start(user);
    await age({ token: own.token }, { created: HOUR, seen: 0 });
    const demonstration = { name: "Copy", startedBy: own.handle };
    const first = await start(user, { demonstration });
    const second = await start(user, { demonstration });

    const [{ session: mine }, { session: its }] = [await found(own.token), await found(second.token)];
    expect(its).toMatchObject({ name: "Copy", demonstration: true });
    expect(its.confirmedAt).toEqual(mine.confirmedAt);
    expect(await store.extendConfirmation(second.handle)).toBe(false);
    expect(await store.findEnding(first.token)).toMatchObject({ reason: "logged-out" });
    expect(mine.demonstration).toBe(false);

    await end(own.token);
    await expect(start(user, { demonstration })).rejects.toSatisfy(isUserGone);
    const stranger = await start(await newUser());
    await expect(start(user, { demonstration: { name: "Copy", startedBy: stranger.handle } })).rejects.toSatisfy(
      isUserGone,
    );
  });

  test("at the session limit a demonstration is refused, and one that is there makes room for any log-in", async () => {
    const user = await newUser();
    const started = [];
    for (let count = 0; count < 19; count++) started.push(await start(user));
    const demonstration = { name: "Copy", startedBy: String(started[0]?.handle) };
    const startOne = () => start(user, { demonstration }, { kind: "refuse" });

    const { token } = await startOne();
    await start(user, {}, { kind: "refuse" });
    expect(await store.findEnding(token)).toMatchObject({ reason: "over-limit" });
    await expect(startOne()).rejects.toSatisfy(isTooManySessions);
    expect(await listed(user)).toHaveLength(20);
    expect(await listed(user)).toEqual(expect.arrayContaining(started.map(({ handle }) => handle)));
  });

  test("renewing gives the session a new token, and the old token no longer works", async () => {
    const { token, handle } = await start(await newUser());
    const renewed = await transaction((tx) => store.renew(tx, token));

    expect(await store.find(token)).toBeNull();
    expect(await store.find(String(renewed))).toMatchObject({ session: { handle } });
    expect(await transaction((tx) => store.renew(tx, token))).toBeNull();
    expect(await end(token)).toBe(0);
    expect(await end(String(renewed))).toBe(1);
    expect(await store.findEnding(String(renewed))).toMatchObject({ reason: "logged-out" });
  });

  test("a failed transaction gives no new token, and the old one still works", async () => {
    const { token } = await start(await newUser());
    let renewed: string | null = null;
    const failing = transaction(async (tx) => {
      renewed = await store.renew(tx, token);
      expect(await store.find(String(renewed))).toBeNull();
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");

    expect(await store.find(token)).not.toBeNull();
    expect(await store.find(String(renewed))).toBeNull();
  });

  test("one transaction ends other sessions and renews this one's token twice", async () => {
    const user = await newUser();
    const [here, other] = [await start(user), await start(user)];
    const renewed = await transaction(async (tx) => {
      await store.end(tx, { userId: user.id, except: here.handle }, "password-changed", HERE);
      const token = await store.renew(tx, here.token);
      return store.renew(tx, String(token));
    });

    expect(await store.find(other.token)).toBeNull();
    expect(await store.find(here.token)).toBeNull();
    expect((await found(String(renewed))).session.handle).toBe(here.handle);
    expect(await listed(user)).toEqual([here.handle]);
  });

  test("use is recorded at most once per touch interval, and only of active sessions", async () => {
    const { token } = await start(await newUser());
    const seen = async () => (await found(token)).session.lastSeenAt.getTime();
    const touch = (address: string | null) => store.touch(token, its, address);

    await age({ token }, { created: HOUR, seen: its.touch - 10_000 });
    const early = await seen();
    await touch("198.51.100.1");
    expect(await seen()).toBe(early);
    await age({ token }, { created: HOUR, seen: its.touch });
    await touch("198.51.100.1");
    const { session, now } = await found(token);
    expect(now.getTime() - session.lastSeenAt.getTime()).toBeLessThan(5000);
    expect(session).toMatchObject({ ipAddress: "192.0.2.7", lastIpAddress: "198.51.100.1" });

    await age({ token }, { created: HOUR, seen: HOUR });
    await touch(null);
    expect((await found(token)).session.lastIpAddress).toBe("198.51.100.1");
    for (const [created, last] of [
      [its.idle, its.idle],
      [its.total, 0],
    ] as const) {
      await age({ token }, { created, seen: last });
      const over = await seen();
      await store.touch(token, { ...its, touch: 0 }, null);
      expect(await seen()).toBe(over);
    }
  });

  test("a confirmation counts until it lapses or is dropped, and can be extended only while it counts", async () => {
    const { token, handle } = await start(await newUser());
    const left = async () => {
      const { session, now } = await found(token);
      return session.confirmedUntil.getTime() - now.getTime();
    };
    const isWhole = (milliseconds: number) =>
      milliseconds > env().CONFIRM_LIFETIME - 10_000 && milliseconds <= env().CONFIRM_LIFETIME;

    expect(isWhole(await left())).toBe(true);
    await age({ token }, { lapsed: -10_000 });
    expect(await store.extendConfirmation(handle)).toBe(true);
    expect(isWhole(await left())).toBe(true);
    await store.dropConfirmation(handle);
    expect([(await left()) <= 0, await store.extendConfirmation(handle)]).toEqual([true, false]);

    const { confirmedAt } = (await found(token)).session;
    await transaction((tx) => store.confirm(tx, handle));
    expect(isWhole(await left())).toBe(true);
    expect((await found(token)).session.confirmedAt.getTime()).toBeGreaterThan(confirmedAt.getTime());
    await age({ token }, { lapsed: 0 });
    expect(await store.extendConfirmation(handle)).toBe(false);
  });

  test("useOf gives the number of sessions and the last use of several users at once", async () => {
    const [busy, gone, other] = [await newUser(), await newUser(), await newUser()];
    const [first, second] = [await start(busy), await start(busy)];
    await end((await start(gone)).token);
    await start(other);
    // An expired session counts until it is swept.
    await age(first, { created: its.idle + HOUR, seen: its.idle + MINUTE });

    const use = await store.useOf([busy.id, gone.id]);
    const { lastSeenAt } = (await found(second.token)).session;
    expect([...(use ?? [])]).toEqual([[busy.id, { sessions: 2, lastSeenAt }]]);
  });

  test("another user's session can be neither ended nor renamed by its handle", async () => {
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
    expect((await found(token)).session.name).toBeNull();
    expect(await store.rename({ userId: other.id, handle }, "Mine")).toBe(true);
    expect((await found(token)).session.name).toBe("Mine");
    expect(await store.rename({ userId: other.id, handle }, null)).toBe(true);
    expect((await found(token)).session.name).toBeNull();
    expect(await endBy(other.id)).toBe(1);
    expect(await store.rename({ userId: other.id, handle }, "Mine")).toBe(false);
    expect(await store.isForeign(user.id, [handle])).toBe(false);
  });

  test("several of a user's sessions can be ended together, and each has its line", async () => {
    const user = await newUser();
    const [one, two, three] = [await start(user), await start(user), await start(user)];

    const handles = [one.handle, three.handle, one.handle];
    expect(await transaction((tx) => store.end(tx, { userId: user.id, handles }, "revoked", HERE))).toBe(2);
    expect(await store.find(two.token)).not.toBeNull();
    for (const { token } of [one, three]) expect(await store.findEnding(token)).toMatchObject({ reason: "revoked" });
    expect(await db().ledgerLine.count({ where: { userId: user.id } })).toBe(2);
  });

  test("all of a user's sessions can be ended except one", async () => {
    const user = await newUser();
    const [one, two, three] = [await start(user), await start(user), await start(user)];

    const ended = await transaction((tx) =>
      store.end(tx, { userId: user.id, except: two.handle }, "password-changed", HERE),
    );
    expect(ended).toBe(2);
    expect(await listed(user)).toEqual([two.handle]);
    for (const { token } of [one, three])
      expect(await store.findEnding(token)).toMatchObject({ reason: "password-changed" });
    expect(await transaction((tx) => store.end(tx, { userId: user.id, except: null }, "revoked", HERE))).toBe(1);
    expect(await listed(user)).toEqual([]);
  });

  test("a user's list has that user's active sessions, the most recently used first", async () => {
    const user = await newUser();
    const [first, second, left] = [await start(user), await start(user), await start(user)];
    await start(await newUser());
    await age(left, { created: its.idle + HOUR, seen: its.idle });
    await age(second, { created: DAY, seen: HOUR });

    expect(await listed(user)).toEqual([first.handle, second.handle]);
    await age(first, { created: DAY, seen: 2 * HOUR });
    expect(await listed(user)).toEqual([second.handle, first.handle]);
  });

  test("all times come from one clock, which is also the time that look-ups return", async () => {
    const user = await newUser();
    const { until: before } = await store.measure({ userId: user.id });
    const { token } = await start(user);
    const { session, now } = await found(token);
    const { until: after } = await store.measure({ userId: user.id });

    // Postgres rounds stored times to milliseconds.
    const moments = [before, session.createdAt, now, after].map((moment) => moment.getTime());
    for (const [index, moment] of moments.entries())
      expect(moment).toBeLessThanOrEqual(Number(moments[index + 1] ?? moment) + 1);
    expect([session.lastSeenAt, session.confirmedAt]).toEqual([session.createdAt, session.createdAt]);
    expect((await store.list({ id: user.id, role: "user" })).now.getTime()).toBeGreaterThanOrEqual(after.getTime() - 1);
  });

  test.each([
    ["user", false, false],
    ["user", true, false],
    ["admin", false, false],
    ["admin", true, false],
    ["user", false, true],
    ["admin", true, true],
  ] as const)(
    "the policy and the store agree on when the session of a %s has expired (public computer: %s, demonstration: %s)",
    async (role, publicComputer, isDemonstration) => {
      const user = await newUser(role);
      const own = await start(user);
      const more = isDemonstration && { demonstration: { name: "Copy", startedBy: own.handle } };
      const { token } = await start(user, { publicComputer, ...more });
      await end(own.token);
      const { idle, total } = lifetimes({ publicComputer, role, demonstration: isDemonstration });
      const around = isDemonstration ? 10 * SECOND : MINUTE;

      for (const [created, seen] of [
        [idle - around, idle - around],
        [idle, idle],
        [total - around, 0],
        [total, 0],
        [total + around, idle + around],
      ] as const) {
        await age({ token }, { created, seen });
        const one = await found(token);
        const isOver = expiry(one.session, one.lifetimes, one.now) !== null;
        const { sessions, expired } = await store.list({ id: user.id, role });
        expect([isOver, sessions.length, expired.length, await store.count({ userId: user.id })]).toEqual(
          isOver ? [true, 0, 1, 0] : [false, 1, 0, 1],
        );
        expect(isOver).toBe(created >= total || seen >= idle);
      }
      // It has expired, so the caller does not count as having ended it.
      expect(await end(token)).toBe(0);
      expect((await store.findEnding(token))?.reason).toMatch(/^(idle|expired)$/);
    },
  );

  test("an expired session ends at the time and for the reason of its expiry, even when someone ends it later", async () => {
    const user = await newUser();
    const loggedOut = await start(user);
    const revoked = await start(user);
    const left = await start(user);
    const living = await start(user);
    await age(loggedOut, { created: 8 * DAY, seen: 8 * DAY });
    await age(revoked, { created: 31 * DAY, seen: 1000 });
    await age(left, { created: 9 * DAY, seen: 8 * DAY });

    const by = { ...HERE, userId: user.id, note: "because" };
    expect(await end(loggedOut.token)).toBe(0);
    const { id: userId } = user;
    expect(
      await transaction((tx) => store.end(tx, { userId, handles: [revoked.handle] }, "revoked", { ...HERE, userId })),
    ).toBe(0);
    expect(await transaction((tx) => store.end(tx, { userId, except: null }, "password-changed", by))).toBe(1);

    const lines = await db().ledgerLine.findMany({ where: { userId } });
    for (const { handle } of [loggedOut, revoked, left]) {
      const line = lines.find(({ sessionHandle }) => sessionHandle === handle);
      const [reason, detail] = handle === revoked.handle ? ["expired", "2592000"] : ["idle", "604800"];
      const nobody = { byUserId: null, ipAddress: null, userAgent: null, note: null };
      expect(line).toMatchObject({ reason, detail, ...nobody });
      // Each has been over for a day.
      expect(Math.abs(Date.now() - Number(line?.at) - DAY)).toBeLessThan(MINUTE);
    }
    const line = lines.find(({ sessionHandle }) => sessionHandle === living.handle);
    expect(line).toMatchObject({ reason: "password-changed", byUserId: userId, ...HERE, note: "because" });
  });

  /** Changes the row of a user as the application does. */
  const change = (user: { id: string }, data: Prisma.UserUpdateInput) =>
    transaction(async (tx) => {
      await tx.user.update({ where: { id: user.id }, data });
      await store.changed(tx, user.id);
    });

  test("a changed role, name or email counts at the next look-up", async () => {
    const user = await newUser();
    const { token } = await start(user);
    const email = `new-${user.email}`;
    await change(user, { role: "admin", name: "Bob", email });

    const { lifetimes: now, ...rest } = await found(token);
    expect(rest.user).toEqual({ id: user.id, email, name: "Bob", role: "admin" });
    expect(now).toEqual(lifetimes({ publicComputer: false, role: "admin" }));
  });

  test("a disabled user's session is found with the time of disabling, and is not counted as active", async () => {
    const user = await newUser();
    const { token } = await start(user);
    await change(user, { disabledAt: new Date() });

    expect((await found(token)).disabledAt).toBeInstanceOf(Date);
    expect(await store.count({ userId: user.id })).toBe(0);
    expect((await store.search({ userId: user.id }, null)).sessions).toEqual([]);
  });

  test("deleting a user deletes all of their sessions", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    await db().user.delete({ where: { id: user.id } });

    // By hand in SQL, it reaches a store outside Postgres within two seconds.
    await expect.poll(() => store.find(token)).toBeNull();
    expect(await store.findEnding(token)).toBeNull();
    expect(await listed(user)).toEqual([]);
    expect(await store.count({ handles: [handle] })).toBe(0);
    expect(await end(token)).toBe(0);
  });

  test("a session knows how it was proved, and a confirmation adds to that and never takes away", async () => {
    const user = await newUser();
    const [plain, two] = [await start(user), await start(user, { amr: ["otp", "pwd"] })];
    const amrOf = async (token: string) => {
      const { amr, level } = (await found(token)).session;
      return [level, ...amr];
    };
    expect(await amrOf(plain.token)).toEqual([1, "pwd"]);
    expect(await amrOf(two.token)).toEqual([2, "pwd", "otp", "mfa"]);

    await transaction((tx) => store.confirm(tx, plain.handle));
    expect(await amrOf(plain.token)).toEqual([1, "pwd"]);
    await transaction((tx) => store.confirm(tx, plain.handle, ["swk", "user"]));
    expect(await amrOf(plain.token)).toEqual([2, "pwd", "swk", "user", "mfa"]);
    await transaction((tx) => store.confirm(tx, plain.handle, ["pwd"]));
    const renewed = await transaction((tx) => store.renew(tx, plain.token));
    expect(await amrOf(String(renewed))).toEqual([2, "pwd", "swk", "user", "mfa"]);

    const { sessions } = await store.list({ id: user.id, role: "user" });
    expect(sessions.map(({ level }) => level)).toEqual([2, 2]);
  });

  test("the next look-up after a second factor was added or removed knows it", async () => {
    const user = await newUser();
    const { token } = await start(user);
    expect((await found(token)).hasSecondFactor).toBe(false);

    await transaction(async (tx) => {
      await lockUser(tx, user.id);
      await tx.totp.create({ data: { userId: user.id, secret: Buffer.from("secret"), confirmedAt: new Date() } });
      await store.changed(tx, user.id);
    });
    expect((await found(token)).hasSecondFactor).toBe(true);

    await transaction(async (tx) => {
      await lockUser(tx, user.id);
      await tx.totp.delete({ where: { userId: user.id } });
      await store.changed(tx, user.id);
    });
    expect((await found(token)).hasSecondFactor).toBe(false);
  });

  test("open pages are notified of starts, endings, names and confirmations, but not of use or of failed changes", async () => {
    const user = await newUser();
    const listening = new Client(env().DATABASE_URL);
    await listening.connect();
    await listening.query(`LISTEN ${CHANNEL}`);
    const heard: unknown[] = [];
    listening.on("notification", ({ payload }) => {
      const { user: whose, ended } = JSON.parse(String(payload));
      if (whose === user.id) heard.push(ended);
    });
    /** The announcements of `work`: those that arrive before one that is sent afterwards. */
    const announcementsOf = async (work: () => Promise<unknown>) => {
      heard.length = 0;
      await work();
      await db().$executeRaw`SELECT pg_notify(${CHANNEL}, ${JSON.stringify({ user: user.id, ended: ["last"] })})`;
      await expect.poll(() => heard.at(-1)).toEqual(["last"]);
      return heard.slice(0, -1);
    };

    let [token, handle] = ["", ""];
    const changed = [[]];
    expect(await announcementsOf(async () => ({ token, handle } = await start(user)))).toEqual(changed);
    const owned = { userId: user.id, handle };
    expect(await announcementsOf(() => store.rename(owned, "Mine"))).toEqual(changed);
    expect(await announcementsOf(() => store.dropConfirmation(handle))).not.toEqual([]);
    expect(await announcementsOf(() => store.extendConfirmation(handle))).toEqual([]);
    expect(await announcementsOf(() => transaction((tx) => store.confirm(tx, handle)))).toEqual(changed);
    expect(await announcementsOf(() => store.extendConfirmation(handle))).toEqual(changed);
    await age({ token }, { seen: HOUR });
    expect(await announcementsOf(() => store.touch(token, its, null))).toEqual([]);
    const failing = () =>
      transaction(async (tx) => {
        await store.end(tx, { tokenHash: hashToken(token) }, "revoked", HERE);
        throw new Error("no");
      }).catch(() => {});
    expect(await announcementsOf(failing)).toEqual([]);
    expect(await announcementsOf(() => end(token))).toEqual([[handle]]);
    await listening.end();
  });

  test("a sweep ends expired sessions with their reasons and at the time of their expiry, and no active ones", async () => {
    // Removes what earlier tests have left.
    await store.sweep();
    const [user, admin] = [await newUser(), await newUser("admin")];
    const cases = [
      { one: await start(user), created: 9 * DAY, seen: 8 * DAY, reason: "idle", detail: 7 * DAY },
      { one: await start(user), created: 31 * DAY, seen: HOUR, reason: "expired", detail: 30 * DAY },
      {
        one: await start(user, { publicComputer: true }),
        created: HOUR,
        seen: HOUR,
        reason: "idle",
        detail: 15 * MINUTE,
      },
      { one: await start(admin), created: 3 * DAY, seen: 2 * DAY, reason: "idle", detail: DAY },
    ];
    for (const { one, created, seen } of cases) await age(one, { created, seen });
    const living = await start(user);
    await age(living, { created: 29 * DAY, seen: 6 * DAY });

    expect(await store.countExpired()).toBe(4);
    expect(await store.sweep()).toBe(4);
    for (const { one, created, seen, reason, detail } of cases) {
      const ending = await store.findEnding(one.token);
      expect(ending).toMatchObject({ reason, detail: String(detail / 1000), userAgent: null });
      const ago = (reason === "idle" ? seen : created) - detail;
      expect(Math.abs(Date.now() - Number(ending?.at) - ago)).toBeLessThan(MINUTE);
    }
    expect(await store.find(living.token)).not.toBeNull();
    expect(await store.countExpired()).toBe(0);
    expect(await store.countActive()).toBe(await store.count({}));
  });
});
