import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, expect, inject, test } from "vitest";
import { transaction } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { NEEDED, startRedis } from "@/testing/redis";
import { redis as store } from "./index";

const program = inject("redis");
if (!program) test.skip(`the rights in Redis, which need ${NEEDED}`);

const redis = program ? await startRedis(program) : null;
afterAll(() => redis?.kill());

test.skipIf(!redis)("the rights that docs/deploy.md gives a user of Redis are enough", async () => {
  const [, rights = ""] =
    /ACL SETUSER (latchkey on >password .*?)`/s.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];
  expect(redis?.run("acl", "setuser", ...rights.split(/\s+/))).toBe("OK");
  const url = redis?.url.replace("//", "//latchkey:password@");
  Object.assign(process.env, { REDIS_URL: url, SESSION_STORE: "redis" });

  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Ada", passwordHash: "none", role: "user" });
  const here = { userAgent: "Test", ipAddress: null };
  const { token } = await transaction((tx) =>
    store.create(tx, user, { ...here, publicComputer: false, previousToken: null }),
  );
  const hits = async () => {
    await store.find(token);
    const { values } = await metrics().redisLookups.get();
    return values.find(({ labels }) => labels.outcome === "found")?.value;
  };
  await expect.poll(hits).toBeGreaterThan(0);
  await transaction((tx) => store.changed(tx, user.id));
  expect(await transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "revoked", here))).toBe(1);
  expect(await store.find(token)).toBeNull();
});
