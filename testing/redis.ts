import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port";

/** A real Redis, which keeps nothing on disk. */
export type TestRedis = {
  port: number;
  url: string;
  /** Runs a command with redis-cli, and returns its output. */
  run(...command: string[]): string;
  /** Makes it hang, as a stuck machine does, or go on. */
  hang(on: boolean): void;
  /** Kills it. */
  kill(): Promise<void>;
  /** Starts it again, on its port and empty. */
  start(): Promise<void>;
};

/** Removes what failed tests have left. */
const leftovers = new Set<() => void>();
process.once("exit", () => {
  for (const remove of leftovers) remove();
});

/** Starts a Redis on a free port, with further options. `program` is the path of redis-server. */
export async function startRedis(program: string, ...options: string[]): Promise<TestRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "latchkey-redis-"));
  leftovers.add(() => rmSync(folder, { recursive: true, force: true }));
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", ...options];
  try {
    return await launch(program, port, own);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    return startRedis(program, ...options);
  }
}

/** Another program took the port between the check and its use. It may even be another test's Redis. */
class PortTaken extends Error {}

async function launch(program: string, port: number, args: string[]): Promise<TestRedis> {
  let server: ChildProcess;
  const redis: TestRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    run: (...command) => spawnSync("redis-cli", ["-p", String(port), ...command], { encoding: "utf8" }).stdout.trim(),
    hang: (on) => void server.kill(on ? "SIGSTOP" : "SIGCONT"),
    async kill() {
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
    async start() {
      server = spawn(program, args, { stdio: "ignore" });
      leftovers.add(() => server.kill("SIGKILL"));
      for (let tries = 0; tries < 800; tries++) {
        if (redis.run("ping").startsWith("PONG") && server.exitCode === null) return;
        if (server.exitCode !== null) throw new PortTaken(`No Redis on port ${port}`);
        await pause(25);
      }
      throw new Error(`No Redis on port ${port}`);
    },
  };
  await redis.start();
  return redis;
}

/** Starts a cluster of three primaries, each with a replica that takes over after about two seconds. */
export async function startCluster(program: string): Promise<{ url: string; nodes: TestRedis[] }> {
  const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"];
  const nodes: TestRedis[] = [];
  for (let count = 0; count < 6; count++)
    nodes.push(await startRedis(program, ...options, "--cluster-port", String(await freePort())));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const create = ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"];
  const { stdout } = spawnSync("redis-cli", create, { encoding: "utf8" });
  if (!stdout.includes("All 16384 slots covered")) throw new Error(stdout);
  for (const node of nodes)
    for (let tries = 0; tries < 400; tries++) {
      const [cluster, replication] = [node.run("cluster", "info"), node.run("info", "replication")];
      const isLinked = /role:master\s+connected_slaves:1|master_link_status:up/.test(replication);
      if (cluster.includes("cluster_state:ok") && isLinked) break;
      await pause(25);
    }
  return { url: `redis://${addresses.join()}?cluster`, nodes };
}

/** Starts a primary with a replica, and three Sentinels that let the replica take over after about a second. */
export async function startSentinels(
  program: string,
): Promise<{ url: string; nodes: TestRedis[]; sentinels: TestRedis[] }> {
  const primary = await startRedis(program);
  const replica = await startRedis(program, "--replicaof", `127.0.0.1 ${primary.port}`);
  const sentinels: TestRedis[] = [];
  for (let count = 0; count < 3; count++) {
    const port = await freePort();
    const file = join(mkdtempSync(join(tmpdir(), "latchkey-sentinel-")), "sentinel.conf");
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `sentinel monitor latchkey 127.0.0.1 ${primary.port} 2`,
      "sentinel down-after-milliseconds latchkey 1000",
      "sentinel failover-timeout latchkey 5000",
    ];
    writeFileSync(file, lines.join("\n"));
    sentinels.push(await launch(program, port, [file, "--sentinel"]));
  }
  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`);
  return { url: `redis://${addresses.join()}?sentinel=latchkey`, nodes: [primary, replica], sentinels };
}

/** An address that leads to one Redis at a time, as Sentinel's or a load balancer's does. */
export type RedisRoute = { url: string; to(port: number): void; close(): void };

/** Leads to the Redis on this port, until it is led elsewhere: then all connections break. */
export async function routeTo(port: number): Promise<RedisRoute> {
  let target = port;
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to(port) {
      target = port;
      cut();
    },
    close() {
      server.close();
      cut();
    },
  };
}
