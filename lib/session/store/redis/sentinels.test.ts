import { afterAll, inject, test } from "vitest";
import { startSentinels, type TestRedis } from "@/testing/redis";
import { expectFailover } from "@/testing/redis-failover";

const program = inject("redis");
if (!program) test.skip("failovers, which need redis-server (apt-get install redis-server)");

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
