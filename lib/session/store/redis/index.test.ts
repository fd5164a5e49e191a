import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { Connection } from "@/lib/connection";
import { db, isOutage, transaction } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { acceptDatabase } from "@/lib/jobs/after-restore";
import { metrics } from "@/lib/metrics";
import { lifetimes } from "@/lib/session/policy";
import { postgres } from "@/lib/session/store/postgres";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { startLookUps } from "@/testing/look-up-instance";
import { NEEDED, type RedisRoute, routeTo, startRedis, type TestRedis } from "@/testing/redis";
import { AGING } from "@/testing/sessions";
import { wireTo } from "@/testing/wire";
import { call, callUnlessAway } from "./client";
import { copyBucket } from "./copy";
import { forgetCopies, knowledge } from "./fences";
import { SOURCE } from "./functions";
import { redis as store } from "./index";
import { bucketOf, fieldOf } from "./text";

// A primary with a replica, behind one address; and Postgres behind a wire that can be cut.

const program = inject("redis");
if (!program) test.skip(`the store redis, which needs ${NEEDED}`);

const direct = String(process.env.DATABASE_URL);
const wire = await wireTo(direct);
process.env.DATABASE_URL = wire.url;

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };

/**
 * By how many milliseconds `work` takes longer than a wait of `milliseconds` and a look-up in Postgres, which happen at
 * the same time: a busy machine delays both.
 */
async function excess(work: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const began = performance.now();
  const took = (done: Promise<unknown>) => done.then(() => performance.now() - began);
  const wait = async () => {
    await pause(milliseconds);
    await postgres.find("x".repeat(43));
  };
  const [mine, usual] = await Promise.all([took(work()), took(wait())]);
  return mine - usual;
}

describe.skipIf(!program)("the store redis", async () => {
  const one = (await (program && startRedis(program))) as TestRedis;
  const other = (await (program && startRedis(program, "--repl-diskless-sync-delay", "0"))) as TestRedis;
  const route = (await (one && routeTo(one.port))) as RedisRoute;
  Object.assign(process.env, { REDIS_URL: route?.url, SESSION_STORE: "redis" });
  const ITS = lifetimes({ publicComputer: false, role: "user" });
  afterAll(async () => {
    route.close();
    wire.close();
    await Promise.all([one.kill(), other.kill()]);
  });

  const newUser = (role: "user" | "admin" = "user") =>
    createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role });
  const start = async (user: { id: string }) =>
    transaction((tx) => store.create(tx, user, { ...HERE, publicComputer: false, previousToken: null }));
  const end = (token: string) =>
    transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE));

  /** How look-ups were answered since the last call. */
  let before: Record<string, number> = {};
  const answers = async () => {
    const { values } = await metrics().redisLookups.get();
    const now = Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
    const news = Object.entries(now).flatMap(([outcome, count]) => {
      const more = count - (before[outcome] ?? 0);
      return more ? [[outcome, more] as const] : [];
    });
    before = now;
    return Object.fromEntries(news);
  };
  /** How many functions have been called. */
  const commands = () => Number(/cmdstat_fcall:calls=(\d+)/.exec(one.run("info", "commandstats"))?.[1]);
  /** Waits until Redis answers for this session. */
  const isFoundInRedis = async (token: string) =>
    expect
      .poll(
        async () => {
          await answers();
          await store.find(token);
          return answers();
        },
        { interval: 20 },
      )
      .toEqual({ found: 1 });
  const started = async () => {
    const owner = await newUser();
    const { token, handle } = await start(owner);
    await isFoundInRedis(token);
    return { user: owner, token, handle };
  };

  beforeEach(async () => {
    one.hang(false);
    one.run("replicaof", "no", "one");
    route.to(one.port);
    // Look-ups leave Redis alone for a second after it did not answer one.
    const isAsked = () =>
      callUnlessAway("find", [0], ["process/generation", "hash"]).then(
        () => true,
        () => false,
      );
    await expect.poll(isAsked).toBe(true);
    await answers();
  });

  test("a look-up that Redis answers is one command, and asks Postgres nothing", async () => {
    const { token } = await started();
    await expect.poll(() => db().sessionBucket.count({ where: { isOpen: true } })).toBe(256);
    const isOurs = ({ name }: { name: string }) => name !== "find_fences";
    wire.statements.length = 0;
    const calls = commands();
    expect(await store.find(token)).not.toBeNull();
    expect([commands() - calls, wire.statements.filter(isOurs)]).toEqual([1, []]);
  });

  test("look-ups of the same moment are one command, and each gets its own answer", async () => {
    const users = await Promise.all(Array.from({ length: 20 }, () => newUser()));
    const tokens: string[] = [];
    for (const user of users) tokens.push((await start(user)).token);
    for (const token of tokens) await isFoundInRedis(token);
    await end(String(tokens[3]));
    const asked = ["nobody has this token", ...tokens];
    await expect.poll(() => db().sessionBucket.count({ where: { isOpen: true } })).toBe(256);
    const isKnownToRedis = async () => {
      await answers();
      await store.find("nobody has this token");
      return answers();
    };
    await expect.poll(isKnownToRedis).toEqual({ none: 1 });
    const calls = commands();
    const found = await Promise.all(asked.map((token) => store.find(token)));
    expect(commands() - calls).toBe(1);
    expect(found.map((its) => its?.user.id)).toEqual([
      undefined,
      ...users.map(({ id }, at) => (at === 3 ? undefined : id)),
    ]);
    expect(await answers()).toEqual({ found: 19, none: 2 });
  });

  test("a session that one instance ends is refused by another at its next request, 1,000 times of 1,000", async () => {
    const instance = startLookUps({ DATABASE_URL: direct });
    type Answer = { token: string; isThere: boolean; hits: number };
    const waiting = new Map<string, (answer: Answer) => void>();
    instance.on("message", (answer: Answer) => waiting.get(answer.token)?.(answer));
    const ask = (token: string) =>
      new Promise<Answer>((resolve) => {
        waiting.set(token, resolve);
        instance.send({ token });
      });
    const users = await Promise.all(Array.from({ length: 20 }, () => newUser()));
    let [answered, stillThere] = [0, 0];
    for (let round = 0; round < 50; round++) {
      const tokens = await Promise.all(users.map(async (user) => (await start(user)).token));
      // Until Redis gives the other instance its answers.
      for (let tries = 0; tries < 50; tries++) {
        const { hits: before } = await ask("x".repeat(43));
        await Promise.all(tokens.map(ask));
        const { hits: after } = await ask("x".repeat(43));
        if (after - before < tokens.length) continue;
        answered += tokens.length;
        break;
      }
      await Promise.all(
        tokens.map(async (token) => {
          // Twenty at once can be too many for a busy machine.
          await expect.poll(() => end(token).catch(() => 0), { timeout: 10_000 }).toBe(1);
          if ((await ask(token)).isThere) stillThere++;
        }),
      );
    }
    expect(stillThere).toBe(0);
    // On a busy machine Redis may miss a log-in, and then Postgres answers for that session.
    expect(answered).toBeGreaterThan(800);
  }, 300_000);

  test("Redis answers the same as Postgres, with a time that is at most a little later", async () => {
    const { token, user } = await started();
    await store.touch(token, ITS, null);
    await transaction(async (tx) => {
      await tx.user.update({
        where: { id: user.id },
        data: {
          ...{ name: "Zoë\n\u{1f511}", locale: "ko", timeZone: "Asia/Seoul", role: "admin" },
          ...{ pendingEmail: "new@example.com", pendingUntil: new Date(Date.now() + HOUR) },
        },
        select: { id: true },
      });
      await store.changed(tx, user.id);
    });
    await isFoundInRedis(token);

    const [mine, row] = [await store.find(token), await postgres.find(token)];
    expect({ ...mine, now: null }).toEqual({ ...row, now: null });
    expect(row?.user.role).toBe("admin");
    const behind = Number(row?.now) - Number(mine?.now);
    expect(Math.abs(behind)).toBeLessThan(1000);
    expect(knowledge().clockError()).toBeLessThan(1000);
  });

  test("a session that is over, or whose user is disabled, is decided by Postgres", async () => {
    const { token, user } = await started();
    await AGING.redis({ token }, { created: ITS.idle + HOUR, seen: ITS.idle + MINUTE });
    await answers();
    expect(await store.find(token)).toMatchObject({ session: {} });
    expect(await answers()).toEqual({ none: 1 });

    await AGING.redis({ token }, { created: 0, seen: 0 });
    await isFoundInRedis(token);
    await transaction(async (tx) => {
      await tx.$executeRaw`UPDATE users SET disabled_at = now() WHERE id = ${user.id}::uuid`;
      await store.changed(tx, user.id);
    });
    expect((await store.find(token))?.disabledAt).not.toBeNull();
    expect(await answers()).not.toHaveProperty("found", 2);
  });

  test("a write that was held back until after the ending finds nothing to write to", async () => {
    const { token } = await started();
    const hash = hashToken(token);
    const [bucket, field] = [bucketOf(hash), fieldOf(hash)];
    const fence = String(knowledge().fence(bucket));
    const [text = ""] = await call<string[]>("find", bucket, [fence, field]);
    expect(await call("claim", bucket, [fence, "change", field])).toBe("claimed");
    await end(token);

    expect(await call("put", bucket, [fence, "change", field, text])).toBe("late");
    expect(await call("touch", bucket, [fence, field, Date.now() + HOUR, "-"])).toBe("none");
    expect(await store.find(token)).toBeNull();
  });

  test("of two changes, only the later one's text is stored", async () => {
    const { token } = await started();
    const hash = hashToken(token);
    const [bucket, field] = [bucketOf(hash), fieldOf(hash)];
    const fence = String(knowledge().fence(bucket));
    await call("claim", bucket, [fence, "first", field]);
    await call("claim", bucket, [fence, "second", field]);

    expect(await call("put", bucket, [fence, "first", field, "1 - {}"])).toBe("late");
    expect(await call("find", bucket, [fence, field])).toEqual(["?second"]);
    expect(await store.find(token)).not.toBeNull();
  });

  test("an ending whose transaction fails has not happened, and the session's next use gives it back to Redis", async () => {
    const { token } = await started();
    await expect(
      transaction(async (tx) => {
        expect(await store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE)).toBe(1);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");

    expect(await store.find(token)).not.toBeNull();
    expect(await answers()).toMatchObject({ none: 1 });
    await AGING.redis({ token }, { created: HOUR, seen: ITS.touch + MINUTE });
    await store.touch(token, ITS, null);
    await isFoundInRedis(token);
  });

  test("a text of another version is left to Postgres", async () => {
    const { token } = await started();
    const hash = hashToken(token);
    const key = `latchkey:{${bucketOf(hash).toString(16).padStart(2, "0")}}`;
    one.run("hset", key, fieldOf(hash), `${Date.now()} - {"v":0}`);
    expect(await store.find(token)).not.toBeNull();
    expect(await answers()).toMatchObject({ none: 1 });
  });

  test("after FLUSHALL and after a restart nothing that has ended is back, and active sessions stay active", async () => {
    const [ended, living] = [await started(), await started()];
    await end(ended.token);
    for (const lose of [async () => void one.run("flushall"), () => one.kill().then(() => one.start())]) {
      await lose();
      for (let tries = 0; tries < 20; tries++) {
        expect(await store.find(living.token)).not.toBeNull();
        expect(await store.find(ended.token)).toBeNull();
      }
      await isFoundInRedis(living.token);
      expect(await store.find(ended.token)).toBeNull();
    }
  });

  test.each([
    ["a FLUSHALL", async () => void one.run("flushall")],
    ["a restart", () => one.kill().then(() => one.start())],
  ])("after %s all copies are made anew, also those that nobody asks for", async (_what, lose) => {
    const sessions = await Promise.all(Array.from({ length: 12 }, started));
    await expect.poll(() => db().sessionBucket.count({ where: { isOpen: true } })).toBe(256);
    const buckets = [...new Set(sessions.map(({ token }) => bucketOf(hashToken(token))))];
    await lose();
    await isFoundInRedis(String(sessions[0]?.token));

    const keyOf = (bucket: number) => `latchkey:{${bucket.toString(16).padStart(2, "0")}}`;
    const isCopied = (bucket: number) => {
      const fence = one.run("hget", keyOf(bucket), "");
      return fence.includes("/") && fence === knowledge().fence(bucket);
    };
    // Each redis-cli stops this process, which makes the copies.
    await expect.poll(() => buckets.filter((bucket) => !isCopied(bucket)), { interval: 1000 }).toEqual([]);
  });

  test("a replica that missed an ending does not answer when it takes over, nor does the first one as its replica", async () => {
    const [ended, second, living] = [await started(), await started(), await started()];
    const follow = async (from: TestRedis, to: TestRedis) => {
      from.run("replicaof", "127.0.0.1", String(to.port));
      await expect.poll(() => from.run("info", "replication")).toContain("master_link_status:up");
    };
    const lives = async (token: string) => (await store.find(token)) !== null;
    await follow(other, one);
    // The link breaks, and only the old primary hears of an ending.
    other.run("replicaof", "no", "one");
    await end(ended.token);
    const key = (token: string) => `latchkey:{${bucketOf(hashToken(token)).toString(16).padStart(2, "0")}}`;
    expect(other.run("hget", key(ended.token), fieldOf(hashToken(ended.token)))).toContain("{");

    route.to(other.port);
    for (let tries = 0; tries < 50; tries++) expect(await lives(ended.token)).toBe(false);
    await isFoundInRedis(living.token);
    expect(await lives(ended.token)).toBe(false);

    // Back: the first one becomes a replica of a process that missed an ending, and is promoted again. Its fence was
    // never replaced, and it is the same process.
    await follow(one, other);
    const [bucket, field] = [bucketOf(hashToken(second.token)), fieldOf(hashToken(second.token))];
    await expect.poll(() => copyBucket(bucket), { timeout: 10_000 }).toBe(true);
    one.run("replicaof", "no", "one");
    await end(second.token);
    expect(one.run("hget", key(second.token), field)).toContain("{");
    route.to(one.port);
    for (let tries = 0; tries < 50; tries++) expect(await lives(second.token)).toBe(false);
    await isFoundInRedis(living.token);
    for (const { token } of [ended, second]) expect(await lives(token)).toBe(false);
  });

  test("a process that was a replica in between is not taken for the one that it was", async () => {
    const { token } = await started();
    const hash = hashToken(token);
    const [bucket, field] = [bucketOf(hash), fieldOf(hash)];
    const fence = String(knowledge().fence(bucket));
    other.run("replicaof", "no", "one");
    other.run("flushall");
    other.run("function", "flush");
    // Another process has the same copy, from before the ending.
    const key = `latchkey:{${bucket.toString(16).padStart(2, "0")}}`;
    other.run("function", "load", SOURCE);
    other.run("hset", key, "", fence, field, one.run("hget", key, field));
    one.run("replicaof", "127.0.0.1", String(other.port));
    await expect.poll(() => one.run("info", "replication")).toContain("master_link_status:up");
    one.run("replicaof", "no", "one");

    expect(one.run("hget", key, "")).toBe(fence);
    expect(await call("find", bucket, [fence, field])).toEqual(["fenced"]);
    expect(await call("bury", bucket, [fence, field])).toBe("other");
    await isFoundInRedis(token);
  });

  test("while Redis hangs, look-ups are Postgres', and an ending fails within two seconds and has not happened", async () => {
    const { token } = await started();
    one.hang(true);
    const isFound = async () => expect(await store.find(token)).not.toBeNull();
    expect(await excess(isFound, 1000)).toBeLessThan(500);
    expect(await excess(isFound, 0)).toBeLessThan(500);

    expect(await excess(() => expect(end(token)).rejects.toSatisfy(isOutage), 1500)).toBeLessThan(500);
    one.hang(false);
    expect(await store.find(token)).not.toBeNull();
    await expect.poll(() => end(token).catch(() => 0)).toBe(1);
    expect(await store.find(token)).toBeNull();
  });

  test("a copy that has missed a generation of its session's cookie has it after the next use", async () => {
    const { token } = await started();
    const first = { generation: 1, since: 1_800_000_000_000, client: null, returns: 0 };
    const use = () => store.touch(token, ITS, HERE.ipAddress, { rotated: { from: null, to: first } });
    const hash = hashToken(token);
    const copy = [`latchkey:{${bucketOf(hash).toString(16).padStart(2, "0")}}`, fieldOf(hash)] as const;
    const before = one.run("hget", ...copy);
    await use();
    one.run("hset", ...copy, before.trim());
    expect((await store.find(token))?.rotation).toBeNull();

    await use();
    await expect.poll(async () => (await store.find(token))?.rotation).toEqual(first);
    await isFoundInRedis(token);
    expect((await store.find(token))?.rotation).toEqual(first);
  });

  test("a copy takes a generation also if the use before it seems to be later, because the clock has gone back", async () => {
    const { token } = await started();
    await AGING.redis({ token }, { seen: -MINUTE });
    await isFoundInRedis(token);
    const first = { generation: 1, since: 1_800_000_000_000, client: null, returns: 0 };
    await store.touch(token, ITS, HERE.ipAddress, { rotated: { from: null, to: first } });
    await answers();
    expect((await store.find(token))?.rotation).toEqual(first);
    expect(await answers()).toEqual({ found: 1 });
  });

  test("once a restored database is accepted, Redis answers for no session that it lacks", async () => {
    const { token } = await started();
    await db().$transaction([
      // A restore runs no triggers.
      db().$executeRaw`SET LOCAL session_replication_role = replica`,
      db().$executeRaw`DELETE FROM sessions WHERE token_hash = ${hashToken(token)}`,
    ]);
    expect(await store.find(token)).not.toBeNull();
    await acceptDatabase();
    await expect.poll(() => store.find(token)).toBeNull();
  });

  test("while Redis is gone, nobody is logged out and users can log in", async () => {
    const { token, user } = await started();
    await one.kill();
    expect(await store.find(token)).not.toBeNull();
    const late = await start(user);
    expect(await store.find(late.token)).not.toBeNull();
    await expect(end(token)).rejects.toSatisfy(isOutage);
    await one.start();
    for (const each of [token, late.token]) await isFoundInRedis(each);
  });

  test("while Postgres is away, look-ups of logged-in users go on, and nothing else does", async () => {
    const [{ token }, old] = [await started(), await started()];
    await AGING.redis({ token: old.token }, { created: HOUR, seen: ITS.touch + MINUTE });
    await isFoundInRedis(old.token);
    wire.swallow(true);
    try {
      expect(await store.find(token)).not.toBeNull();
      await store.touch(old.token, ITS, null);
      expect(await store.find(old.token)).not.toBeNull();
      await expect(end(token)).rejects.toSatisfy(isOutage);
      await expect(store.find("x".repeat(43))).rejects.toSatisfy(isOutage);
      expect(await store.find(token)).not.toBeNull();
      // This instance alone may have lost Postgres, so Redis is not trusted for ever.
      const now = performance.now.bind(performance);
      const fenceIn = (minutes: number) => {
        const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + minutes * MINUTE);
        const fence = knowledge().fence(bucketOf(hashToken(token)));
        clock.mockRestore();
        return fence;
      };
      expect([fenceIn(9), fenceIn(10)]).toEqual([expect.any(String), null]);
    } finally {
      wire.swallow(false);
    }
    await expect.poll(() => end(token).catch(() => 0)).toBe(1);
    expect(await store.find(token)).toBeNull();
  });

  test.each([
    ["a session", "DELETE FROM sessions WHERE user_id = $1", null],
    ["a user", "DELETE FROM users WHERE id = $1", null],
    ["a role", "UPDATE users SET role = 'admin' WHERE id = $1", { user: { role: "admin" } }],
    ["a name", "UPDATE sessions SET name = 'Desk' WHERE user_id = $1", { session: { name: "Desk" } }],
  ])("a change of %s by hand in SQL is seen within two seconds", async (_what, sql, expected) => {
    const { token, user } = await started();
    const hand = new Connection(direct);
    await hand.connect();
    await hand.query(sql, [user.id]);
    await hand.end();

    const { poll } = expect;
    if (expected) await poll(() => store.find(token), { timeout: 2000 }).toMatchObject(expected);
    else await poll(() => store.find(token), { timeout: 2000 }).toBeNull();
  });

  test("an instance without REDIS_URL forgets the copies once nobody has read them for a minute", async () => {
    await started();
    await expect.poll(() => db().sessionBucket.count({ where: { readAt: { not: null } } })).toBe(1);
    expect(await forgetCopies()).toBe(false);
    await db()
      .$executeRaw`UPDATE session_buckets SET read_at = now() - interval '61 seconds' WHERE read_at IS NOT NULL`;
    expect(await forgetCopies()).toBe(true);
    expect(await db().sessionBucket.count()).toBe(0);
  });

  test("copies are not trusted once Postgres was started anew, and each is made once for all instances", async () => {
    const { token } = await started();
    const bucket = bucketOf(hashToken(token));
    const fence = knowledge().fence(bucket);
    await Promise.all([copyBucket(bucket), copyBucket(bucket), copyBucket(bucket)]);
    expect(knowledge().fence(bucket)).toBe(fence);

    await db().$executeRaw`UPDATE session_buckets SET postgres_since = postgres_since - interval '1 second'`;
    await expect.poll(() => knowledge().fence(bucket)).toBeNull();
    await isFoundInRedis(token);
    expect(knowledge().fence(bucket)).not.toBe(fence);
  });

  test("nobody copies a bucket while an ending in it is between Redis and its commit", async () => {
    const { token } = await started();
    const bucket = bucketOf(hashToken(token));
    let isCopied = false;
    let copying = Promise.resolve();
    await transaction(async (tx) => {
      await store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE);
      // Redis loses the ending, and another instance would copy the row, which is still there for it.
      one.run("flushall");
      copying = copyBucket(bucket).then(() => {
        isCopied = true;
      });
      await pause(300);
      expect(isCopied).toBe(false);
    });
    await copying;
    expect(await store.find(token)).toBeNull();
  });

  test("under random changes, endings, flushes and failovers, Redis never says anything that Postgres does not", async () => {
    const began = performance.now();
    const users = await Promise.all(Array.from({ length: 6 }, () => newUser()));
    const living = new Map<string, { userId: string; handle: string }>();
    const ended: string[] = [];
    let begun = 0;
    // Longer on a busy machine, on which outages fail most of it.
    const isOver = () => performance.now() - began > 8000 && begun > 20 && ended.length > 10;
    const random = <T>(those: T[]): T => those[Math.floor(Math.random() * those.length)] as T;

    const acts = {
      async begin() {
        const user = random(users);
        if ([...living.values()].filter(({ userId }) => userId === user.id).length > 12) return;
        const { token, handle } = await start(user);
        living.set(token, { userId: user.id, handle });
        begun++;
      },
      async finish() {
        const [token] = random([...living]) ?? [];
        if (!token) return;
        living.delete(token);
        await end(token);
        ended.push(token);
      },
      async renew() {
        const [token, it] = random([...living]) ?? [];
        if (!token || !it) return;
        living.delete(token);
        const renewed = await transaction((tx) => store.renew(tx, token));
        ended.push(token);
        if (renewed) living.set(renewed, it);
      },
      async rename() {
        const it = random([...living.values()]);
        if (it) await store.rename(it, randomBytes(4).toString("hex"));
      },
      async demote() {
        const { id } = random(users);
        await transaction(async (tx) => {
          await tx.user.update({ where: { id }, data: { name: randomBytes(4).toString("hex") }, select: { id: true } });
          await store.changed(tx, id);
        });
      },
      async look() {
        const token = random([...living.keys()]);
        if (token && living.has(token)) await store.find(token);
      },
      async askForEnded() {
        const token = random(ended);
        if (token && (await store.find(token))) throw new Error("an ended session is back");
      },
    };
    const play = async () => {
      while (!isOver()) {
        await random([...Object.values(acts), acts.begin, acts.begin])().catch((error) => {
          if (!isOutage(error)) throw error;
        });
      }
    };
    const disturb = async () => {
      while (!isOver()) {
        await pause(400 + 400 * Math.random());
        const [here, there] = random([
          [one, other],
          [other, one],
        ]) as [TestRedis, TestRedis];
        random<() => void>([
          () => void here.run("flushall"),
          () => {
            there.run("replicaof", "no", "one");
            route.to(there.port);
          },
          () => void there.run("replicaof", "127.0.0.1", String(here.port)),
          () => {
            here.run("replicaof", "no", "one");
            route.to(here.port);
          },
        ])();
      }
      for (const each of [one, other]) each.run("replicaof", "no", "one");
      route.to(one.port);
    };
    await Promise.all([disturb(), ...Array.from({ length: 8 }, play)]);

    for (const token of ended) expect(await store.find(token)).toBeNull();
    const age = { created: HOUR, seen: ITS.touch + MINUTE };
    for (const { id } of users) await AGING.redis({ userId: id }, age).catch(() => {});
    for (const token of living.keys()) {
      const [mine, row] = [await store.find(token), await postgres.find(token)];
      expect({ ...mine, now: null }).toEqual({ ...row, now: null });
    }
  }, 300_000);

  test("the functions of a version never change: changed ones need another version", () => {
    expect(createHash("sha256").update(SOURCE).digest("hex").slice(0, 16)).toMatchInlineSnapshot(`"ab50bf0a1cf0cd30"`);
  });
});
