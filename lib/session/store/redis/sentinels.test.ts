import { once } from "node:events";
import type { Redis } from "ioredis";
import { afterAll, expect, inject, test } from "vitest";
import { processWide } from "@/lib/process-wide";
import { NEEDED, startSentinels, type TestRedis } from "@/testing/redis";
import { expectFailover } from "@/testing/redis-failover";
import { inquire } from "./client";

const program = inject("redis");
if (!program) test.skip(`failovers, which need ${NEEDED}`);

const none: TestRedis[] = [];
const { url, nodes, sentinels } = program ? await startSentinels(program) : { url: "", nodes: none, sentinels: none };
Object.assign(process.env, { REDIS_URL: url, SESSION_STORE: "redis", MAX_SESSIONS: "1000" });
afterAll(() => Promise.all([...nodes, ...sentinels].map((server) => server.kill())));

test.skipIf(!program)(
  "when Sentinel replaces a primary that is gone, no look-up fails, nobody is logged out, and nothing that has ended is back",
  async () => {
    await expectFailover(async () => nodes[0]?.kill());
  },
  120_000,
);

test.skipIf(!program)(
  "news of a failover that arrives while Redis is being connected to does not end that for ever",
  async () => {
    expect(await inquire("PING")).toBe("PONG");
    const client = processWide<Redis | null>("latchkeyRedis", () => null) as Redis;
    client.disconnect(true);
    await once(client, "connecting");
    // As ioredis does when a Sentinel says "+switch-master".
    (client as unknown as { connector: { disconnect(): void } }).connector.disconnect();
    // Not `once`, which would throw the error that comes with it.
    await new Promise((ended) => client.once("end", () => ended(null)));

    await expect.poll(() => inquire("PING").catch(String)).toBe("PONG");
  },
);
