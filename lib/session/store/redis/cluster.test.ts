import { afterAll, inject, test } from "vitest";
import { NEEDED, startCluster, type TestRedis } from "@/testing/redis";
import { expectFailover } from "@/testing/redis-failover";

const program = inject("redis");
if (!program) test.skip(`failovers, which need ${NEEDED}`);

const { url, nodes } = program ? await startCluster(program) : { url: "", nodes: [] as TestRedis[] };
Object.assign(process.env, { REDIS_URL: url, SESSION_STORE: "redis", MAX_SESSIONS: "1000" });
afterAll(() => Promise.all(nodes.map((node) => node.kill())));

test.skipIf(!program)(
  "when a primary of a cluster hangs and is replaced, no look-up fails, nobody is logged out, and nothing that has ended is back",
  async () => {
    await expectFailover(async () => nodes[0]?.hang(true));
  },
  120_000,
);
