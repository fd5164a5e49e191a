import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, inject, test, vi } from "vitest";
import { NEEDED, PRODUCT, startRedis, type TestRedis } from "@/testing/redis";
import { Disk, ON_DISK } from "./disk";
import { playRedis } from "./faults";
import { type Instance, startInstances } from "./instances";
import { expectNoHarm, PATIENCE, RUNS, record } from "./report";

vi.setConfig({ testTimeout: RUNS * PATIENCE, hookTimeout: PATIENCE });

const program = inject("redis");

describe.skipIf(!program)(`${PRODUCT} alone${program ? "" : ` (skipped: needs ${NEEDED})`}`, () => {
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
