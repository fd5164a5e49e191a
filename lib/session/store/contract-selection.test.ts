/** @module-tag time */
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { describeStores, newUser } from "@/testing/stores";
import { parsePosition } from "./position";

// What every session store does with the sessions that an administrator selects.

const ADMINISTRATOR = { userId: null, note: "because", userAgent: null, ipAddress: null };

await describeStores("selections of sessions", ({ store, age, start, found }) => {
  const endSelected = (selection: Parameters<typeof store.endSelected>[0]) =>
    store.endSelected(selection, "by-admin", ADMINISTRATOR);
  const handlesOf = ({ sessions }: Awaited<ReturnType<typeof store.search>>) => sessions.map(({ handle }) => handle);

  test("selecting one user ends that user's sessions, and nobody else's", async () => {
    const [ada, bob] = [await newUser(), await newUser()];
    const [his, hers] = [await start(bob), await start(ada)];

    expect(await endSelected({ userId: ada.id })).toBe(1);
    expect(await store.findEnding(hers.token)).toEqual({
      ...{ reason: "by-admin", at: expect.any(Date), userAgent: null, detail: null },
    });
    expect(await store.find(his.token)).not.toBeNull();
    const line = await db().ledgerLine.findFirst({ where: { userId: ada.id } });
    expect(line).toMatchObject({ reason: "by-admin", note: "because", byUserId: null });
  });

  test("a handle together with another user's id selects no session", async () => {
    const [ada, bob] = [await newUser(), await newUser()];
    const { token, handle } = await start(bob);
    const selection = { userId: ada.id, handles: [handle] };

    expect(await store.count(selection)).toBe(0);
    expect((await store.search(selection, null)).sessions).toEqual([]);
    expect(await endSelected(selection)).toBe(0);
    expect(await store.find(token)).not.toBeNull();
  });

  test("handles select these sessions, and an empty list selects none", async () => {
    const user = await newUser();
    const [one, two, three] = [await start(user), await start(user), await start(user)];

    expect(await store.count({ handles: [] })).toBe(0);
    expect(await endSelected({ handles: [] })).toBe(0);
    const handles = [one.handle, two.handle];
    expect(await store.measure({ handles })).toMatchObject({ sessions: 2, people: 1, newer: 0 });
    expect(await endSelected({ handles })).toBe(2);
    expect([await store.find(one.token), await store.find(two.token)]).toEqual([null, null]);
    expect(await store.find(three.token)).not.toBeNull();
  });

  test("bound and unbound sessions can be selected apart", async () => {
    const user = await newUser();
    const [bound, pending, unbound] = [await start(user), await start(user), await start(user)];
    const key = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) } as const;
    await store.bind(pending.handle, key);
    await store.prove(db(), bound.handle, (await store.bind(bound.handle, key)) as Date);

    const selected = async (bound?: boolean) =>
      (await store.search({ userId: user.id, bound }, null)).sessions.map(({ handle }) => handle).sort();
    expect(await selected(true)).toEqual([bound.handle]);
    expect(await selected(false)).toEqual([pending.handle, unbound.handle].sort());
    expect(await selected()).toHaveLength(3);
    expect(await endSelected({ userId: user.id, bound: false })).toBe(2);
    expect(await store.find(bound.token)).not.toBeNull();
  });

  test("an address or a range selects the sessions that logged in or were last used from it", async () => {
    const user = await newUser();
    const inside = await start(user, { ipAddress: "198.51.100.9" });
    const moved = await start(user, { ipAddress: "2001:db8::1" });
    const outside = await start(user, { ipAddress: "198.51.101.9" });
    await start(user, { ipAddress: null });
    await age(moved, { created: DAY, seen: HOUR });
    await store.touch(moved.token, { ...(await found(moved.token)).lifetimes }, "198.51.100.10");

    const counts = (address: string) => store.count({ userId: user.id, address });
    expect(await counts("198.51.100.0/24")).toBe(2);
    expect(await counts("198.51.100.10")).toBe(1);
    expect(await counts("2001:db8::/32")).toBe(1);
    expect(await counts("2001:db8::2")).toBe(0);
    expect(await endSelected({ address: "198.51.100.0/24" })).toBe(2);
    expect([await store.find(inside.token), await store.find(moved.token)]).toEqual([null, null]);
    expect(await store.find(outside.token)).not.toBeNull();
  });

  test("`before` selects sessions with an earlier log-in, and `except` leaves one of them out", async () => {
    const user = await newUser();
    const [old, mine, fresh] = [await start(user), await start(user), await start(user)];
    await age(old, { created: 5 * HOUR });
    await age(mine, { created: 5 * HOUR });

    const before = new Date(Date.now() - HOUR);
    expect(await endSelected({ userId: user.id, before, except: mine.handle })).toBe(1);
    expect(await store.find(old.token)).toBeNull();
    for (const { token } of [mine, fresh]) expect(await store.find(token)).not.toBeNull();
  });

  test("`before` excludes a session that logged in at exactly that moment, and `until` includes it", async () => {
    const user = await newUser();
    const { createdAt: at } = (await found((await start(user)).token)).session;

    const counts = (selection: object) => store.count({ userId: user.id, ...selection });
    expect(await counts({ before: at })).toBe(0);
    expect(await counts({ until: at })).toBe(1);
    expect(await counts({ before: new Date(at.getTime() + 1) })).toBe(1);
    expect(await counts({ until: new Date(at.getTime() - 1) })).toBe(0);
  });

  test("`usedSince` selects the sessions that were used after a moment, and not at it", async () => {
    const user = await newUser();
    const [recent, old] = [await start(user), await start(user)];
    await age(old, { created: 2 * HOUR, seen: 2 * HOUR });

    const selection = { userId: user.id, usedSince: new Date(Date.now() - HOUR) };
    expect(handlesOf(await store.search(selection, null))).toEqual([recent.handle]);
    const { lastSeenAt: usedSince } = (await found(recent.token)).session;
    expect(await store.count({ userId: user.id, usedSince })).toBe(0);
  });

  test("expired sessions are not listed, counted, or ended by an administrator", async () => {
    const [user, admin] = [await newUser(), await newUser("admin")];
    await age(await start(user), { created: 8 * DAY, seen: 8 * DAY });
    await age(await start(user), { created: 31 * DAY });
    await age(await start(user, { publicComputer: true }), { created: HOUR, seen: HOUR });
    // Longer than an administrator's idle lifetime, shorter than a user's.
    await age(await start(admin), { created: 30 * HOUR, seen: 30 * HOUR });

    for (const { id: userId } of [user, admin]) {
      expect((await store.search({ userId }, null)).sessions).toEqual([]);
      expect(await store.count({ userId })).toBe(0);
      expect(await store.measure({ userId })).toMatchObject({ sessions: 0, people: 0, newer: 0 });
      expect(await endSelected({ userId })).toBe(0);
    }
  });

  test("measure counts the sessions and their users at a moment, and the sessions that started later", async () => {
    const address = "198.18.7.0/24";
    const [ada, bob, eve] = [await newUser(), await newUser(), await newUser()];
    for (const user of [ada, ada, bob])
      await age(await start(user, { ipAddress: "198.18.7.1" }), { created: 2 * HOUR });
    for (const user of [bob, eve]) await start(user, { ipAddress: "198.18.7.2" });

    const until = new Date(Date.now() - HOUR);
    expect(await store.measure({ address }, until)).toEqual({ sessions: 3, people: 2, newer: 2, until });
    expect(await endSelected({ address, until })).toBe(3);
    expect(await store.count({ address })).toBe(2);
  });

  test("a selected session is shown with its user and without secrets", async () => {
    const user = await newUser();
    const { token, handle } = await start(user, { publicComputer: true });
    const { session } = await found(token);

    const { sessions, next } = await store.search({ userId: user.id }, null);
    expect(next).toBeNull();
    expect(sessions).toEqual([
      expect.objectContaining({
        ...{ handle, userId: user.id, email: user.email, userName: "Ada", publicComputer: true },
        ...{ firstAddress: "192.0.2.7", lastAddress: "192.0.2.7" },
        ...{ since: session.createdAt.toISOString(), lastSeen: session.lastSeenAt.toISOString() },
      }),
    ]);
    expect(Object.keys(sessions[0] ?? {}).sort()).toEqual([
      ...[
        "boundAt",
        "browser",
        "demonstration",
        "device",
        "email",
        "firstAddress",
        "handle",
        "lastAddress",
        "lastSeen",
      ],
      ...["publicComputer", "since", "system", "userId", "userName"],
    ]);
  });

  test("pages are in the order of log-ins in both directions, and neither skip nor repeat a session", async () => {
    const user = await newUser();
    const started = [];
    for (let count = 0; count < 5; count++) started.push(await start(user));
    for (const [index, one] of started.entries()) await age(one, { created: (index + 1) * HOUR });
    const newestFirst = started.map(({ handle }) => handle);

    for (const [first, expected] of [
      ["newest", newestFirst],
      ["oldest", newestFirst.toReversed()],
    ] as const) {
      const pages = [];
      let next: string | null = null;
      do {
        const page = await store.search({ userId: user.id }, parsePosition(next), 2, first);
        pages.push(handlesOf(page));
        next = page.next;
      } while (next);
      expect(pages).toEqual([expected.slice(0, 2), expected.slice(2, 4), expected.slice(4)]);
    }
    expect((await store.search({ userId: user.id }, null, 5)).next).toBeNull();
  });

  test("all sessions can be ended except one, each with a ledger line", async () => {
    const [user, mine] = [await newUser(), await newUser()];
    const started = [];
    for (let count = 0; count < 15; count++) started.push(await start(user));
    const kept = await start(mine);

    expect(await endSelected({ except: kept.handle })).toBeGreaterThanOrEqual(15);
    expect(await store.find(kept.token)).not.toBeNull();
    expect(await store.count({ userId: user.id })).toBe(0);
    const lines = await db().ledgerLine.findMany({ where: { userId: user.id, reason: "by-admin" } });
    expect(lines.map(({ sessionHandle }) => sessionHandle).sort()).toEqual(started.map(({ handle }) => handle).sort());
    expect(await store.countActive()).toBe(1);
  });
});
