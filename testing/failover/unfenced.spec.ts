import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { LIBRARY, SOURCE } from "@/lib/session/store/redis/functions";
import { NEEDED, startCluster, startRedis, type TestRedis } from "@/testing/redis";
import { Disk, ON_DISK } from "./disk";
import { playRedis } from "./faults";
import { ADDRESS_OF_A, ADDRESS_OF_B, startInstances } from "./instances";
import type { Tally } from "./load";
import { cutting, heal, hostsFrom } from "./network";
import { PATIENCE, playUntilHarm, RUNS, record } from "./report";
import { healthy, isolate, lagThenGone, type Shard, shardsOf } from "./shards";

// Whether the other files would notice: the same faults, with functions that take every process for the same one.

vi.setConfig({ testTimeout: (5 + RUNS) * PATIENCE, hookTimeout: PATIENCE });

const program = inject("redis");

const UNFENCED = SOURCE.replace(/me = string\.match\([\s\S]*?16\)\n/, "me = 'any'\n");

/** The servers of a test. */
const servers: TestRedis[] = [];

// Also after a failure. With the links that a test has cut, the next cluster would wait for its servers for ever.
afterEach(async () => {
  heal();
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

async function expectHarm(
  fault: string,
  settings: Record<string, string>,
  lose: () => Promise<void>,
  repair: () => Promise<void>,
): Promise<void> {
  const instances = startInstances({ SESSION_STORE: "redis", ...settings });
  let runs: Tally[];
  try {
    runs = await playUntilHarm(async () => {
      await repair();
      return playRedis(instances, lose);
    });
  } finally {
    for (const instance of instances) instance.stop();
  }
  record(`without the fence, ${fault}`, runs);
  expect(runs.some(({ alive }) => alive > 0)).toBe(true);
}

async function loadUnfenced(redis: TestRedis): Promise<void> {
  await expect.poll(() => redis.run("function", "load", UNFENCED)).toMatch(new RegExp(`${LIBRARY}|already exists`));
}

describe.skipIf(!program)(`without the fence${program ? "" : ` (skipped: needs ${NEEDED})`}`, () => {
  test("the fence is switched off in these tests alone", () => {
    expect(UNFENCED).not.toBe(SOURCE);
    expect(UNFENCED).toContain("me = 'any'");
  });

  test("a power cut brings ended sessions back", async () => {
    const redis = await startRedis(String(program), ...ON_DISK);
    servers.push(redis);
    await loadUnfenced(redis);
    const lose = async () => {
      const disk = new Disk(redis);
      await pause(1700);
      await disk.cutPower();
    };
    await expectHarm("power cut", { REDIS_URL: redis.url }, lose, async () => {});
  });

  test.for([
    ["a lost machine", lagThenGone],
    ["an isolated primary", isolate],
  ] as const)("%s of a cluster brings ended sessions back", ([fault, cause], context) =>
    cutting(async () => {
      const { url, nodes } = await startCluster(String(program), { hosts: hostsFrom(31, 6), options: ON_DISK });
      servers.push(...nodes);
      for (const { primary } of shardsOf(nodes)) await loadUnfenced(primary);
      const elsewhere = { others: nodes, clients: [ADDRESS_OF_A, ADDRESS_OF_B] };
      const lose = () => cause(shardsOf(nodes)[0] as Shard, elsewhere);
      await expectHarm(`cluster: ${fault}`, { REDIS_URL: url }, lose, async () => {
        heal();
        await Promise.all(nodes.map((node) => node.start()));
        await healthy(nodes);
      });
    })(context),
  );
});
