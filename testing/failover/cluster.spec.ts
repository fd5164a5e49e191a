import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, inject, test, vi } from "vitest";
import { NEEDED, PRODUCT, startCluster, type TestRedis } from "@/testing/redis";
import { Disk, ON_DISK } from "./disk";
import { playRedis } from "./faults";
import { ADDRESS_OF_A, ADDRESS_OF_B, type Instance, startInstances } from "./instances";
import { cutting, heal, hostsFrom } from "./network";
import { expectNoHarm, PATIENCE, RUNS, record } from "./report";
import { hangUntilReplaced, healthy, isolate, lagThenGone, reshard, restartAll, type Shard, shardsOf } from "./shards";

vi.setConfig({ testTimeout: RUNS * PATIENCE, hookTimeout: PATIENCE });

const program = inject("redis");
const CLIENTS = [ADDRESS_OF_A, ADDRESS_OF_B];

describe.skipIf(!program)(`a cluster of six of ${PRODUCT}${program ? "" : ` (skipped: needs ${NEEDED})`}`, () => {
  let nodes: TestRedis[];
  let instances: [Instance, Instance];

  beforeAll(async () => {
    const cluster = await startCluster(String(program), { hosts: hostsFrom(11, 6), options: ON_DISK });
    nodes = cluster.nodes;
    instances = startInstances({ REDIS_URL: cluster.url, SESSION_STORE: "redis" });
  });
  afterEach(repair);
  afterAll(async () => {
    for (const instance of instances ?? []) instance.stop();
    await Promise.all((nodes ?? []).map((node) => node.kill()));
  });

  async function repair(): Promise<void> {
    heal();
    // Those that a fault has killed.
    await Promise.all(nodes.map((node) => node.start()));
    await healthy(nodes);
  }

  async function play(fault: string, lose: (shard: Shard, run: number) => Promise<void>): Promise<void> {
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      const shard = shardsOf(nodes)[run % 3] as Shard;
      runs.push(await playRedis(instances, () => lose(shard, run)));
      await repair();
    }
    record(`${PRODUCT}, cluster: ${fault}`, runs);
    for (const run of runs) expectNoHarm(run);
  }
  const elsewhere = () => ({ others: nodes, clients: CLIENTS });

  test(
    "loses nothing when a primary's machine is gone before its replica has all changes",
    cutting(() => play("0.4 s of lag, then the machine is gone", (shard) => lagThenGone(shard, elsewhere()))),
  );

  test(
    "loses nothing when a primary is cut off with one instance, and replaced",
    cutting(() => play("primary isolated with an instance", (shard) => isolate(shard, elsewhere()))),
  );

  test("loses nothing when a primary hangs, is replaced and wakes up", () => play("primary hangs", hangUntilReplaced));

  test("loses nothing when the power fails in all of its machines", () =>
    play("power cut of all six", async () => {
      const disks = nodes.map((node) => new Disk(node));
      await pause(1700);
      await Promise.all(disks.map((disk) => disk.cutPower()));
    }));

  test("loses nothing when its memory is flushed", () =>
    play("FLUSHALL on every primary", async () => {
      for (const { primary } of shardsOf(nodes)) primary.run("flushall");
    }));

  test("loses nothing while one server after the other is restarted", () =>
    play("rolling restart", () => restartAll(nodes)));

  test("loses nothing while slots move from one server to another", () =>
    play("500 slots move", async ({ primary }, run) => {
      const others = shardsOf(nodes).filter((shard) => shard.primary !== primary);
      await reshard(primary, (others[run % 2] as Shard).primary);
    }));
});
