import { randomUUID } from "node:crypto";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { isOutage, transaction } from "@/lib/db";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { askInstance, startLookUps } from "@/testing/look-up-instance";
import { NEEDED, routeTo, startRedis } from "@/testing/redis";
import { redis as store } from "./index";

// A primary that has been replaced, and goes on: one instance still reaches it, and this process its successor.

const program = inject("redis");
if (!program) test.skip(`an isolated primary, which needs ${NEEDED}`);

const HERE = { userAgent: "Test", ipAddress: null };

describe.skipIf(!program)("the store redis", () => {
  test("an instance that still reaches a replaced primary refuses what another one ends, and the other way round", async () => {
    const former = await startRedis(String(program));
    const replica = ["--replicaof", `127.0.0.1 ${former.port}`, "--repl-diskless-sync-delay", "0"];
    const successor = await startRedis(String(program), ...replica);
    const route = await routeTo(former.port);
    Object.assign(process.env, { REDIS_URL: route.url, SESSION_STORE: "redis" });
    const instance = startLookUps({ REDIS_URL: former.url });
    onTestFinished(async () => {
      route.close();
      await Promise.all([former.kill(), successor.kill()]);
    });
    const lookUpThere = (token: string) => askInstance(instance, { token });
    const user = await createUser({
      email: `${randomUUID()}@example.com`,
      name: "A",
      passwordHash: "none",
      role: "user",
    });
    const start = async () => {
      const session = { ...HERE, publicComputer: false, previousToken: null };
      return (await transaction((tx) => store.create(tx, user, session))).token;
    };
    const tokens: string[] = [];
    while (tokens.length < 12) tokens.push(await start());
    const areAnswered = async () => {
      const { hits: before } = await lookUpThere("x".repeat(43));
      for (const token of tokens) await lookUpThere(token);
      return (await lookUpThere("x".repeat(43))).hits - before;
    };
    await expect.poll(areAnswered, { timeout: 15_000 }).toBe(tokens.length);
    await expect.poll(() => successor.run("info", "replication")).toContain("master_link_status:up");
    successor.run("replicaof", "no", "one");
    route.to(successor.port);

    const end = (token: string) =>
      transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE)).catch((error) => {
        if (!isOutage(error)) throw error;
        return 0;
      });
    for (const token of tokens) {
      expect((await lookUpThere(token)).isThere).toBe(true);
      await expect.poll(() => end(token), { timeout: 15_000, interval: 20 }).toBe(1);
      expect((await lookUpThere(token)).isThere).toBe(false);
      expect(await store.find(token)).toBeNull();
    }
  }, 120_000);
});
