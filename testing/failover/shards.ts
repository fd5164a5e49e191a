// What the servers of a cluster, or those behind Sentinel, are to each other.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { TestRedis } from "@/testing/redis";
import { until } from "./load";
import { cut, heal } from "./network";

export type Shard = { primary: TestRedis; replica: TestRedis };

type Role = { isPrimary: boolean; primaryPort: number; isLinked: boolean; replicas: number };

function roleOf(node: TestRedis): Role {
  const text = node.run("info", "replication");
  const read = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(text)?.[1];
  return {
    isPrimary: read("role") === "master",
    primaryPort: Number(read("master_port") ?? 0),
    isLinked: read("master_link_status") === "up",
    replicas: (text.match(/^slave\d+:.*state=online/gm) ?? []).length,
  };
}

/** The primaries with their replicas, as they say themselves. */
export function shardsOf(nodes: TestRedis[]): Shard[] {
  const roles = nodes.map((node) => ({ node, ...roleOf(node) }));
  return roles.flatMap(({ node, isPrimary, replicas }) => {
    const its = roles.find((one) => !one.isPrimary && one.isLinked && one.primaryPort === node.port);
    return isPrimary && replicas > 0 && its ? [{ primary: node, replica: its.node }] : [];
  });
}

/** Waits until every primary has a replica that has all its changes, and a cluster has all its parts. */
export async function healthy(nodes: TestRedis[]): Promise<void> {
  const isOk = (node: TestRedis) => /cluster_state:ok|disabled/i.test(node.run("cluster", "info"));
  await until(() => shardsOf(nodes).length === nodes.length / 2 && nodes.every(isOk), "the servers are in order");
}

/** Waits until another server is the primary. */
async function takenOver({ replica }: Shard): Promise<void> {
  await until(() => roleOf(replica).isPrimary, "the replica takes over");
}

/** The other servers, and everything else that must not hear of a machine that is cut off. */
type Others = { others: TestRedis[]; clients: string[] };

/** The link to the replica hangs for a moment, in which the primary goes on. Then its machine is gone. */
export async function lagThenGone(shard: Shard, { others, clients }: Others): Promise<void> {
  const { primary, replica } = shard;
  cut(primary.host, [replica.host]);
  await pause(400);
  // Nothing that it had still to send arrives.
  cut(primary.host, [...hostsOf(others, primary, replica), ...clients]);
  await primary.kill();
  await takenOver(shard);
}

/** Cuts a primary off with the first client, for as long as it takes to replace it, and three seconds more. */
export async function isolate(shard: Shard, { others, clients }: Others): Promise<void> {
  const { primary } = shard;
  const [near = "", ...far] = clients;
  const elsewhere = hostsOf(others, primary);
  cut(primary.host, [...elsewhere, ...far]);
  cut(near, elsewhere);
  await takenOver(shard);
  await pause(3000);
  heal();
}

function hostsOf(nodes: TestRedis[], ...without: TestRedis[]): string[] {
  return nodes.flatMap((node) => (without.includes(node) ? [] : [node.host]));
}

/** Stops the process of a primary, and wakes it up once it has been replaced. */
export async function hangUntilReplaced(shard: Shard): Promise<void> {
  shard.primary.hang(true);
  await takenOver(shard);
  await pause(500);
  shard.primary.hang(false);
}

/** Restarts one server after the other, as an upgrade does. */
export async function restartAll(nodes: TestRedis[]): Promise<void> {
  for (const node of nodes) {
    await node.stop();
    await node.start();
    await healthy(nodes);
  }
}

/** Moves 500 slots of a primary to another one, with everything in them. Valkey takes up to 30 ms for each. */
export async function reshard(from: TestRedis, to: TestRedis): Promise<void> {
  const idOf = (node: TestRedis) => node.run("cluster", "myid");
  const amount = ["--cluster-slots", "500", "--cluster-yes", "--cluster-pipeline", "20"];
  const ends = ["--cluster-from", idOf(from), "--cluster-to", idOf(to)];
  const args = ["--cluster", "reshard", `${from.host}:${from.port}`, ...ends, ...amount];
  // Not spawnSync: the load goes on meanwhile.
  const [status] = await once(spawn("redis-cli", args, { stdio: "ignore" }), "exit");
  if (status !== 0) throw new Error("The slots were not moved");
}
