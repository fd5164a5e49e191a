import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port";

/** A real Redis. Without further options it keeps nothing on disk. */
export type TestRedis = {
  host: string;
  port: number;
  url: string;
  /** The folder for its files. */
  folder: string;
  /** Its process id. */
  readonly pid: number;
  /** Runs a command with redis-cli, and returns its output. */
  run(...command: string[]): string;
  /** Makes it hang, as a stuck machine does, or go on. */
  hang(on: boolean): void;
  /** Kills it. */
  kill(): Promise<void>;
  /** Stops it as a service manager does. */
  stop(): Promise<void>;
  /** Starts it again if it has ended, on its port, with what it has on disk. */
  start(): Promise<void>;
};

/** The product that the tests of Redis start: projects of vitest.config.ts name another one. */
export const PRODUCT = process.env.PRODUCT ?? "Redis";

/** Its program, for the names of skipped tests. */
export const NEEDED = `${PRODUCT.toLowerCase()}-server (apt-get install ${PRODUCT.toLowerCase()}-server)`;

/** Removes what failed tests have left. */
const leftovers = new Set<() => void>();
process.once("exit", () => {
  for (const remove of leftovers) remove();
});

const LOCAL = "127.0.0.1";

/** Starts a Redis on a free port, with further options. `program` is the path of redis-server. */
export async function startRedis(program: string, ...options: string[]): Promise<TestRedis> {
  return startRedisAt(LOCAL, program, { options });
}

/** Where servers listen, their further options, and whether they speak TLS alone, with this certificate. */
type Kind = { hosts?: string[]; options?: string[]; tls?: Certificate | null };

/** The files of a certificate for 127.0.0.1, which is its own authority. */
export type Certificate = { certificate: string; key: string };

/** Creates a certificate. `program` is the path of openssl. */
export function createCertificate(program: string): Certificate {
  const folder = newFolder("tls");
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const files = ["-keyout", key, "-out", certificate];
  const names = ["-subj", "/CN=redis", "-addext", `subjectAltName=IP:${LOCAL}`];
  const { status, stderr } = spawnSync(program, ["req", ...kind, ...files, ...names], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { certificate, key };
}

function portOf(port: number, tls: Certificate | null): string[] {
  if (!tls) return ["--port", String(port)];
  const files = ["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.certificate];
  return ["--port", "0", "--tls-port", String(port), ...files, "--tls-auth-clients", "no", "--tls-replication", "yes"];
}

/** Starts a Redis that listens on this address of the machine, and connects to others from it. */
async function startRedisAt(host: string, program: string, { options = [], tls = null }: Kind): Promise<TestRedis> {
  const place = { host, port: await freePort(), folder: newFolder("redis"), tls };
  const own = [...portOf(place.port, tls), ...addressOf(host), "--dir", place.folder, "--save", '""', ...options];
  // In a file, in which a Sentinel can write whom a restarted server follows.
  const file = join(place.folder, "redis.conf");
  writeFileSync(file, linesOf(own));
  try {
    return await launch(program, place, [file]);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    return startRedisAt(host, program, { options, tls });
  }
}

/** Another program took the port between the check and its use. It may even be another test's Redis. */
class PortTaken extends Error {}

/** Why a server ended, as its log says. */
function errorOf(log: string): Error {
  return /already in use/i.test(log) ? new PortTaken(log) : new Error(`Redis does not start: ${log.slice(-2000)}`);
}

function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `latchkey-${name}-`));
  leftovers.add(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Its protected mode refuses clients at other addresses than 127.0.0.1. */
function addressOf(host: string): string[] {
  return ["--bind", host, "--bind-source-addr", host, "--protected-mode", "no"];
}

/** Options as the lines of a file. */
function linesOf(options: string[]): string {
  return options.join(" ").slice(2).replaceAll(" --", "\n");
}

type Place = Pick<TestRedis, "host" | "port" | "folder"> & { tls: Certificate | null };

/** The options of redis-cli for TLS. */
function cliFor(tls: Certificate | null): string[] {
  return tls ? ["--tls", "--cacert", tls.certificate] : [];
}

async function launch(program: string, { tls, ...place }: Place, args: string[]): Promise<TestRedis> {
  const { host, port } = place;
  const cli = ["-h", host, "-p", String(port), ...cliFor(tls)];
  let server: ChildProcess | undefined;
  const isRunning = () => server?.exitCode === null && server.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (!server || !isRunning()) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  };
  const redis: TestRedis = {
    ...place,
    url: `${tls ? "rediss" : "redis"}://${host}:${port}`,
    get pid() {
      return server?.pid ?? 0;
    },
    run: (...command) => spawnSync("redis-cli", [...cli, ...command], { encoding: "utf8" }).stdout.trim(),
    hang: (on) => void server?.kill(on ? "SIGSTOP" : "SIGCONT"),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    async start() {
      if (isRunning()) return;
      const log = join(place.folder, "log");
      rmSync(log, { force: true });
      // Valkey, and Redis since 7.2, refuse a language that the machine does not have: testing/settings.ts.
      const env = { ...process.env, LC_ALL: "C" };
      const its = spawn(program, [...args, "--logfile", log], { stdio: "ignore", env });
      server = its;
      leftovers.add(() => its.kill("SIGKILL"));
      for (let tries = 0; tries < 800; tries++) {
        if (redis.run("ping").startsWith("PONG") && isRunning()) return;
        if (!isRunning()) throw errorOf(readFileSync(log, "utf8"));
        await pause(25);
      }
      throw new Error(`No Redis on port ${port}: ${readFileSync(log, "utf8")}`);
    },
  };
  await redis.start();
  return redis;
}

/** The addresses of servers that need none of their own. */
const ALL_LOCAL = Array<string>(6).fill(LOCAL);

/** Starts a cluster of three primaries, each with a replica that takes over after about two seconds. */
export async function startCluster(
  program: string,
  { hosts = ALL_LOCAL, options = [], tls = null }: Kind = {},
): Promise<{ url: string; nodes: TestRedis[] }> {
  const own = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"];
  if (tls) own.push("--tls-cluster", "yes");
  const nodes: TestRedis[] = [];
  for (const host of hosts) {
    const its = [...own, "--cluster-port", String(await freePort()), ...options];
    nodes.push(await startRedisAt(host, program, { options: its, tls }));
  }
  const addresses = nodes.map(({ host, port }) => `${host}:${port}`);
  const create = ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"];
  // It waits for ever for a node that the others do not reach, and a test's own limit cannot end it.
  const { stdout } = spawnSync("redis-cli", [...cliFor(tls), ...create], { encoding: "utf8", timeout: 45_000 });
  if (!stdout.includes("All 16384 slots covered")) throw new Error(stdout);
  for (const node of nodes)
    for (let tries = 0; tries < 400; tries++) {
      const [cluster, replication] = [node.run("cluster", "info"), node.run("info", "replication")];
      const isLinked = /role:master\s+connected_slaves:1|master_link_status:up/.test(replication);
      if (cluster.includes("cluster_state:ok") && isLinked) break;
      await pause(25);
    }
  return { url: `${tls ? "rediss" : "redis"}://${addresses.join()}?cluster`, nodes };
}

/**
 * Starts a primary with a replica, and three Sentinels that let the replica take over after about a second: at the
 * first two of these addresses, and at the three after them.
 */
export async function startSentinels(
  program: string,
  { hosts = ALL_LOCAL, options = [], tls = null }: Kind = {},
): Promise<{ url: string; nodes: TestRedis[]; sentinels: TestRedis[] }> {
  const [first = LOCAL, second = LOCAL, ...others] = hosts;
  const primary = await startRedisAt(first, program, { options, tls });
  const following = [...options, "--replicaof", `${first} ${primary.port}`];
  const replica = await startRedisAt(second, program, { options: following, tls });
  const sentinels: TestRedis[] = [];
  for (const host of others.slice(0, 3)) {
    const place = { host, port: await freePort(), folder: newFolder("sentinel"), tls };
    const file = join(place.folder, "sentinel.conf");
    const lines = [
      linesOf([...portOf(place.port, tls), ...addressOf(host)]),
      `sentinel monitor latchkey ${first} ${primary.port} 2`,
      "sentinel down-after-milliseconds latchkey 1000",
      "sentinel failover-timeout latchkey 5000",
    ];
    writeFileSync(file, lines.join("\n"));
    sentinels.push(await launch(program, place, [file, "--sentinel"]));
  }
  const addresses = sentinels.map(({ host, port }) => `${host}:${port}`);
  return {
    url: `${tls ? "rediss" : "redis"}://${addresses.join()}?sentinel=latchkey`,
    nodes: [primary, replica],
    sentinels,
  };
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
