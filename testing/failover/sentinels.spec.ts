import { afterAll, beforeAll, describe, inject, test, vi } from "vitest";
import { NEEDED, PRODUCT, startSentinels, type TestRedis } from "@/testing/redis";
import { ON_DISK } from "./disk";
import { playRedis } from "./faults";
import { ADDRESS_OF_A, ADDRESS_OF_B, type Instance, startInstances } from "./instances";
import { cutting, heal, hostsFrom } from "./network";
import { expectNoHarm, PATIENCE, RUNS, record } from "./report";
import { hangUntilReplaced, healthy, isolate, lagThenGone, restartAll, type Shard, shardsOf } from "./shards";

vi.setConfig({ testTimeout: RUNS * PATIENCE, hookTimeout: PATIENCE });

const program = inject("redis");

describe.skipIf(!program)(`${PRODUCT} behind Sentinel${program ? "" : ` (skipped: needs ${NEEDED})`}`, () => {
  let nodes: TestRedis[];
  let sentinels: TestRedis[];
  let instances: [Instance, Instance];

  beforeAll(async () => {
    const started = await startSentinels(String(program), { hosts: hostsFrom(21, 5), options: ON_DISK });
    ({ nodes, sentinels } = started);
    await healthy(nodes);
    instances = startInstances({ SESSION_STORE: "redis", REDIS_URL: started.url });
  });
  afterAll(async () => {
    for (const instance of instances ?? []) instance.stop();
    await Promise.all([...(nodes ?? []), ...(sentinels ?? [])].map((server) => server.kill()));
  });

  async function play(fault: string, lose: (shard: Shard) => Promise<void>): Promise<void> {
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      const [shard] = shardsOf(nodes) as [Shard];
      runs.push(await playRedis(instances, () => lose(shard)));
      heal();
      await Promise.all(nodes.map((node) => node.start()));
      await healthy(nodes);
    }
    record(`${PRODUCT}, Sentinel: ${fault}`, runs);
    for (const run of runs) expectNoHarm(run);
  }
  const elsewhere = () => ({ others: [...nodes, ...sentinels], clients: [ADDRESS_OF_A, ADDRESS_OF_B] });

  test(
    "loses nothing when the primary's machine is gone before its replica has all changes",
    cutting(() => play("0.4 s of lag, then the machine is gone", (shard) => lagThenGone(shard, elsewhere()))),
  );

  test(
    "loses nothing when the primary is cut off with one instance, and replaced",
    cutting(() => play("primary isolated with an instance", (shard) => isolate(shard, elsewhere()))),
  );

  test("loses nothing when the primary hangs, is replaced and wakes up", () =>
    play("primary hangs", hangUntilReplaced));

  test("loses nothing while one server after the other is restarted", () =>
    play("rolling restart", () => restartAll(nodes)));
});
