import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, inject, test, vi } from "vitest";
import { NEEDED, PRODUCT, startRedis, startSentinels, type TestRedis } from "@/testing/redis";
import { Disk, ON_DISK } from "./disk";
import { playRedis } from "./faults";
import { ADDRESS_OF_A, ADDRESS_OF_B, type Instance, startInstances } from "./instances";
import { cutting, heal, hostsFrom } from "./network";
import { expectNoHarm, PATIENCE, RUNS, record } from "./report";
import { hangUntilReplaced, healthy, isolate, lagThenGone, restartAll, type Shard, shardsOf } from "./shards";

vi.setConfig({ testTimeout: RUNS * PATIENCE, hookTimeout: PATIENCE });

const program = inject("redis");

describe.skipIf(!program)(`${PRODUCT}${program ? "" : ` (skipped: needs ${NEEDED})`}`, () => {
  describe("alone", () => {
    let redis: TestRedis;
    let instances: [Instance, Instance];

    beforeAll(async () => {
      redis = await startRedis(String(program), ...ON_DISK);
      instances = startInstances({ SESSION_STORE: "redis", REDIS_URL: redis.url });
    });
    afterAll(async () => {
      for (const instance of instances ?? []) instance.stop();
      await redis?.kill();
    });

    async function play(fault: string, lose: () => Promise<void>): Promise<void> {
      const runs = [];
      for (let run = 0; run < RUNS; run++) runs.push(await playRedis(instances, lose));
      record(`${PRODUCT}, alone: ${fault}`, runs);
      for (const run of runs) expectNoHarm(run);
    }

    test("loses nothing when the power fails", () =>
      play("power cut", async () => {
        const disk = new Disk(redis);
        await pause(1700);
        await disk.cutPower();
      }));

    test("loses nothing when its memory is flushed", () => play("FLUSHALL", async () => void redis.run("flushall")));

    test("loses nothing when it hangs for three seconds", () =>
      play("hangs for 3 s", async () => {
        redis.hang(true);
        await pause(3000);
        redis.hang(false);
      }));

    test("loses nothing when it is restarted", () =>
      play("restart", async () => {
        await redis.stop();
        await redis.start();
      }));
  });

  describe("behind Sentinel", () => {
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
});
