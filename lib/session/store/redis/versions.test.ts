import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import { db, transaction } from "@/lib/db";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { type Asked, type LookedUp, lookUp } from "@/testing/look-up";
import { askInstance } from "@/testing/look-up-instance";
import { NEEDED, startRedis } from "@/testing/redis";
import { endWithTests } from "@/testing/server";
import { redis as store } from "./index";
import { bucketOf } from "./text";

// Two versions of the application with one Redis, as during an upgrade. Another process has the functions as they are, and
// this one those of the next version.

vi.mock("./functions", async (original) => {
  const { LIBRARY, SOURCE } = await original<typeof import("./functions")>();
  const next = LIBRARY.replace(/\d+$/, (version) => String(Number(version) + 1));
  const more = `redis.register_function('${next}_more', function() return 'more' end)\n`;
  return { LIBRARY: next, SOURCE: SOURCE.replaceAll(LIBRARY, next) + more };
});

const program = inject("redis");
if (!program) test.skip(`two versions with one Redis, which needs ${NEEDED}`);

type Version = (asked: Asked) => Promise<LookedUp>;

describe.skipIf(!program)("the store redis", async () => {
  // Also runs if all tests are skipped.
  if (!program) return;
  const redis = await startRedis(program);
  Object.assign(process.env, { REDIS_URL: redis.url, SESSION_STORE: "redis" });
  const instance = fork("testing/look-up-process.ts", { execArgv: ["--import", "tsx"] });
  endWithTests(instance);
  afterAll(async () => {
    instance.kill("SIGKILL");
    await redis.kill();
  });

  const present: Version = (asked) => askInstance(instance, asked);
  const next: Version = lookUp;

  const newUser = () =>
    createUser({ email: `${randomUUID()}@example.com`, name: "A", passwordHash: "none", role: "user" });
  const start = async (user: { id: string }) => {
    const session = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
    const { token } = await transaction((tx) => store.create(tx, user, session));
    await untilAnswered(token);
    return token;
  };

  /** Waits until Redis answers both versions for this session. */
  async function untilAnswered(token: string): Promise<void> {
    for (const version of [present, next]) {
      const { hits } = await version({ token });
      await expect.poll(async () => (await version({ token })).hits, { interval: 20 }).toBeGreaterThan(hits);
    }
  }

  test("what one version of the functions writes or ends, the other one sees at its next look-up", async () => {
    const user = await newUser();
    for (let times = 0; times < 10; times++) {
      for (const [one, other] of [
        [present, next],
        [next, present],
      ] as const) {
        const token = await start(user);
        expect(await one({ token, act: "rotate" })).toMatchObject({ isThere: true, generation: 1 });
        const { hits } = await other({ token });
        expect(await other({ token, act: "rotate" })).toMatchObject({ isThere: true, generation: 2 });
        expect(await one({ token })).toMatchObject({ isThere: true, generation: 2 });
        expect((await other({ token })).hits).toBeGreaterThan(hits);

        expect((await one({ token, act: "end" })).isThere).toBe(false);
        expect((await other({ token })).isThere).toBe(false);
      }
    }
    expect(redis.run("function", "list")).toMatch(/latchkey_\d[\s\S]*latchkey_\d/);
  }, 120_000);

  test.each([
    ["a FLUSHALL", async () => void redis.run("flushall")],
    ["a restart", () => redis.kill().then(redis.start)],
  ])("each version uses the copies that the other one has made, also after %s", async (_what, lose) => {
    const user = await newUser();
    const tokens: string[] = [];
    while (tokens.length < 10) tokens.push(await start(user));
    await lose();
    for (const token of tokens) await untilAnswered(token);

    const where = { bucket: { in: tokens.map((token) => bucketOf(hashToken(token))) } };
    const fences = () => db().sessionBucket.findMany({ where, orderBy: { bucket: "asc" }, select: { fence: true } });
    const before = await fences();
    for (let times = 0; times < 20; times++)
      for (const token of tokens)
        for (const version of [present, next]) expect((await version({ token })).isThere).toBe(true);
    expect(await fences()).toEqual(before);
  });
});
