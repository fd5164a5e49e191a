import { Client } from "pg";
import { expect, test } from "vitest";
import { type Database, db, isOutage, transaction } from "@/lib/db";
import { DAY, env, HOUR, MINUTE } from "@/lib/env";
import { lifetimes } from "@/lib/session/policy";
import { hashToken } from "@/lib/session/token";
import { BROWSER, describeStores, HERE, newUser } from "@/testing/stores";
import { isTooManySessions, isUserGone } from "./contract";

// What every session store does when several callers change a session at once, or a transaction fails.

/** A transaction that has done `work` and stays open until `commit` or `fail` is called. Both resolve when it is over. */
async function open(work: (tx: Database) => Promise<unknown>) {
  let decide = (_isGood: boolean) => {};
  const decision = new Promise<boolean>((resolve) => {
    decide = resolve;
  });
  let report = () => {};
  const isDone = new Promise<void>((resolve) => {
    report = resolve;
  });
  const over = transaction(async (tx) => {
    await work(tx);
    report();
    if (!(await decision)) throw new Error("no");
  }).catch((error: Error) => {
    if (error.message !== "no") throw error;
  });
  await Promise.race([isDone, over]);
  const finish = (isGood: boolean) => {
    decide(isGood);
    return over;
  };
  return { commit: () => finish(true), fail: () => finish(false) };
}

/** Does it, and again when a busy machine had no connection or no time for it: that outage says nothing about races. */
async function insist<T>(work: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error) || tries === 1) throw error;
    return insist(work, tries - 1);
  }
}

/** Does it 30 times at once. */
function thirty<T>(work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 30 }, () => insist(work)));
}

/** How many deadlocks this database has had. */
async function countDeadlocks(): Promise<number> {
  // Otherwise a connection reports them seconds later.
  await Promise.all(
    Array.from({ length: 10 }, () => db().$queryRaw`SELECT pg_stat_force_next_flush()::text, pg_sleep(0.1)::text`),
  );
  const [row] = await db().$queryRaw<{ deadlocks: number }[]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
  return row?.deadlocks ?? 0;
}

/** Whether a promise is still pending after everything else that can run has run, and Postgres has answered once. */
async function isPending(work: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  await db().$queryRaw`SELECT 1`;
  return (await Promise.race([work, new Promise((resolve) => setImmediate(resolve, pending))])) === pending;
}

/** Whether a statement waits for another transaction's lock. */
async function hasLockedOut(): Promise<boolean> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return (row?.count ?? 0) > 0;
}

await describeStores("races of sessions", ({ store, hasRows, age, start, end, found }) => {
  const its = lifetimes({ publicComputer: false, role: "user" });
  const linesOf = (user: { id: string }) => db().ledgerLine.findMany({ where: { userId: user.id } });
  /** Whether `work` has come to a session that an open transaction changes, and waits for that one. */
  const isWaiting = async (work: Promise<unknown>) => {
    if (hasRows) await expect.poll(hasLockedOut, { interval: 10 }).toBe(true);
    return isPending(work);
  };
  const revoke = (tx: Database, token: string) => store.end(tx, { tokenHash: hashToken(token) }, "revoked", HERE);

  test("30 concurrent log-ins never exceed the session limit, and end the least recently used sessions", async () => {
    const user = await newUser();
    const first = await start(user);
    const started = await thirty(() => start(user));

    const { sessions } = await store.list({ id: user.id, role: "user" });
    expect(sessions).toHaveLength(20);
    expect(await store.findEnding(first.token)).toMatchObject({ reason: "over-limit" });
    const alive = await Promise.all(started.map(({ token }) => store.find(token)));
    expect(alive.filter((one) => one !== null)).toHaveLength(20);
    expect((await linesOf(user)).map(({ reason }) => reason)).toEqual(Array(started.length - 19).fill("over-limit"));
  });

  test("of 30 concurrent log-ins that may end no session, 20 succeed", async () => {
    const user = await newUser();
    const outcomes = await thirty(() =>
      start(user, {}, { kind: "refuse" }).then(
        () => "started",
        (error) => {
          if (isTooManySessions(error)) return "refused";
          throw error;
        },
      ),
    );

    expect(outcomes.filter((one) => one === "started")).toHaveLength(20);
    expect((await store.list({ id: user.id, role: "user" })).sessions).toHaveLength(20);
    expect(await linesOf(user)).toEqual([]);
  });

  test("a log-in that fails takes no room from those that wait for it", async () => {
    const user = await newUser();
    for (let count = 0; count < 19; count++) await start(user);
    const failing = await open((tx) => store.create(tx, user, BROWSER));
    const waiting = start(user, {}, { kind: "refuse" });
    expect(await isWaiting(waiting)).toBe(true);
    await failing.fail();

    expect(await store.find((await waiting).token)).not.toBeNull();
  });

  test("two users who log in over each other's session at the same moment cause no deadlock", async () => {
    const [one, two] = [await newUser(), await newUser()];
    let [ofOne, ofTwo] = [await start(one), await start(two)];
    const before = await countDeadlocks();

    for (let round = 0; round < 20; round++) {
      [ofTwo, ofOne] = await Promise.all([
        start(two, { previousToken: ofOne.token }),
        start(one, { previousToken: ofTwo.token }),
      ]);
    }
    expect(await countDeadlocks()).toBe(before);
    for (const { id } of [one, two]) expect((await store.list({ id, role: "user" })).sessions).toHaveLength(1);
  });

  test("a log-in fails when its account is deleted at the same moment", async () => {
    const user = await newUser();
    const deleting = new Client(env().DATABASE_URL);
    await deleting.connect();
    await deleting.query("BEGIN");
    await deleting.query("DELETE FROM users WHERE id = $1", [user.id]);
    const started = Promise.allSettled([start(user)]);
    await deleting.query("COMMIT");
    await deleting.end();

    const [result] = await started;
    expect(result?.status === "rejected" && isUserGone(result.reason)).toBe(true);
  });

  test("a session that ten callers end at once leaves one ledger line", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    const ended = await Promise.all(Array.from({ length: 10 }, () => revoke(db(), token)));

    expect(ended.reduce((sum, one) => sum + one)).toBe(1);
    const lines = await linesOf(user);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ event: "session_expired", reason: "revoked", userId: user.id, byUserId: user.id, sessionHandle: handle },
      ...HERE,
    });
  });

  test("a session that one caller ends while another ends all of its user's, and a sweep runs, leaves one line", async () => {
    const user = await newUser();
    const started = [];
    while (started.length < 10) started.push(await start(user));
    for (const one of started.slice(5)) await age(one, { created: its.idle + HOUR, seen: its.idle + HOUR });
    await Promise.all([
      ...started.map(({ token }) => revoke(db(), token)),
      transaction((tx) => store.end(tx, { userId: user.id, except: null }, "revoked", HERE)),
      store.endSelected({ userId: user.id }, "by-admin", HERE),
      store.sweep(),
    ]);
    await store.sweep();

    const lines = await linesOf(user);
    expect(lines.map(({ sessionHandle }) => sessionHandle).sort()).toEqual(started.map(({ handle }) => handle).sort());
    expect(lines.filter(({ reason }) => reason === "idle")).toHaveLength(5);
  });

  test("a session whose ending is still open lives; it ends with the commit, and a second ending waits for that", async () => {
    const user = await newUser();
    const { token } = await start(user);
    const ending = await open((tx) => revoke(tx, token));
    const second = end(token);

    expect(await store.find(token)).not.toBeNull();
    expect(await isWaiting(second)).toBe(true);
    await ending.commit();
    expect(await second).toBe(0);
    expect(await store.find(token)).toBeNull();
    expect(await linesOf(user)).toHaveLength(1);
  });

  test("an ending waits for a transaction that holds the session, and one that has ended is not held", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    const holding = await open(async (tx) => expect(await store.hold(tx, handle)).toBe(true));
    const ending = end(token);
    expect(await isWaiting(ending)).toBe(true);
    expect(await store.find(token)).not.toBeNull();
    await holding.commit();

    expect(await ending).toBe(1);
    expect(await transaction((tx) => store.hold(tx, handle))).toBe(false);
  });

  test("a session that is held can end all others of its user, while somebody else ends them, too", async () => {
    const user = await newUser();
    const [older, newer] = [await start(user), await start(user)];
    const endAll = (tx: Database, except: string | null) => store.end(tx, { userId: user.id, except }, "revoked", HERE);
    let ending: Promise<number> | undefined;
    const others = transaction(async (tx) => {
      expect(await store.hold(tx, newer.handle)).toBe(true);
      ending ??= transaction((tx) => endAll(tx, null));
      expect(await isWaiting(ending)).toBe(true);
      return endAll(tx, newer.handle);
    });

    expect([await others, await ending]).toEqual([1, 1]);
    for (const { token } of [older, newer]) expect(await store.find(token)).toBeNull();
  });

  test("an ending that waits for one that fails ends the session", async () => {
    const user = await newUser();
    const { token } = await start(user);
    const ending = await open((tx) => revoke(tx, token));
    const second = end(token);
    expect(await isWaiting(second)).toBe(true);
    await ending.fail();

    expect(await second).toBe(1);
    expect(await store.findEnding(token)).toMatchObject({ reason: "logged-out" });
    expect(await linesOf(user)).toHaveLength(1);
  });

  test("nothing that was begun before an ending and comes after it restores the session", async () => {
    const user = await newUser();
    const { token, handle } = await start(user);
    await age({ token }, { created: HOUR, seen: HOUR });
    const { lifetimes: read } = await found(token);
    const ending = await open((tx) => revoke(tx, token));
    const late = [
      store.touch(token, read, "198.51.100.1"),
      transaction((tx) => store.renew(tx, token)),
      transaction((tx) => store.confirm(tx, handle)),
      store.rename({ userId: user.id, handle }, "Mine"),
      store.extendConfirmation(handle),
      store.dropConfirmation(handle),
    ];
    expect(await isWaiting(Promise.all(late))).toBe(true);
    await ending.commit();
    const [, renewed, , isNamed, isExtended] = await Promise.all(late);

    expect([renewed, isNamed, isExtended]).toEqual([null, false, false]);
    await store.touch(token, { ...read, touch: 0 }, null);
    expect(await store.find(token)).toBeNull();
    expect((await store.list({ id: user.id, role: "user" })).sessions).toEqual([]);
    expect(await linesOf(user)).toHaveLength(1);
  });

  test("rounds of use, renewals and confirmations at once with an ending never leave a session", async () => {
    const user = await newUser();
    for (let round = 0; round < 15; round++) {
      const { token, handle } = await start(user);
      await age({ token }, { created: HOUR, seen: HOUR });
      const [renewed] = await Promise.all([
        transaction((tx) => store.renew(tx, token)),
        store.touch(token, its, null),
        transaction((tx) => store.confirm(tx, handle)),
        transaction((tx) => store.end(tx, { userId: user.id, handles: [handle] }, "revoked", HERE)),
        store.touch(token, its, null),
        store.rename({ userId: user.id, handle }, "Mine"),
      ]);
      for (const one of [token, String(renewed)]) expect(await store.find(one)).toBeNull();
    }
    // Each has its line, and none is left.
    expect((await store.list({ id: user.id, role: "user" })).sessions).toEqual([]);
    expect(await linesOf(user)).toHaveLength(15);
  });

  test("an ending waits for a renewal of the token, and ends the session by its old token or its handle", async () => {
    const user = await newUser();
    const owned = { userId: user.id };
    type Started = { token: string; handle: string };
    const targets = [
      ({ token }: Started) => ({ tokenHash: hashToken(token) }),
      ({ handle }: Started) => ({ ...owned, handles: [handle] }),
      () => ({ ...owned, except: null }),
    ];
    for (const [index, targetOf] of targets.entries()) {
      const started = await start(user);
      let renewed: string | null = null;
      const renewing = await open(async (tx) => {
        renewed = await store.renew(tx, started.token);
      });
      let ending: Promise<number> | null = null;
      // It has begun, so that it meets the renewal.
      const revoking = await open(async (tx) => {
        ending = store.end(tx, targetOf(started), "revoked", HERE);
      });
      expect(await isWaiting(Promise.resolve(ending))).toBe(true);
      await renewing.commit();

      expect(await ending).toBe(1);
      await revoking.commit();
      expect(await store.find(String(renewed))).toBeNull();
      expect(await linesOf(user)).toHaveLength(index + 1);
    }
  });

  test("use that is recorded while a transaction renews the token is kept", async () => {
    const user = await newUser();
    const { token } = await start(user);
    await age({ token }, { created: DAY, seen: HOUR });
    const [renewed] = await Promise.all([
      transaction((tx) => store.renew(tx, token)),
      store.touch(token, its, "198.51.100.1"),
    ]);
    await store.touch(String(renewed), its, "198.51.100.1");

    const { session, now } = await found(String(renewed));
    expect(now.getTime() - session.lastSeenAt.getTime()).toBeLessThan(MINUTE);
    expect(session.lastIpAddress).toBe("198.51.100.1");
  });

  test("a sweep passes over a session that another transaction is changing", async () => {
    await store.sweep();
    const { token, handle } = await start(await newUser());
    await age({ token }, { created: its.idle + DAY, seen: its.idle + DAY });
    const changing = await open((tx) => store.confirm(tx, handle));
    expect(await store.sweep()).toBe(0);
    await changing.commit();

    expect(await store.sweep()).toBe(1);
    expect(await store.findEnding(token)).toMatchObject({ reason: "idle" });
  });

  test("concurrent sweeps end each session only once", async () => {
    const user = await newUser();
    const started = [];
    while (started.length < 15) started.push(await start(user));
    await age({ userId: user.id }, { created: 9 * DAY, seen: 9 * DAY });
    await Promise.all([store.sweep(), store.sweep(), store.sweep()]);
    await store.sweep();

    for (const { token } of started) expect(await store.find(token)).toBeNull();
    expect(await linesOf(user)).toHaveLength(15);
  });
});
