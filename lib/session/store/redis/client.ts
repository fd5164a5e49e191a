import { setTimeout as pause } from "node:timers/promises";
import { Cluster, Redis } from "ioredis";
import { Outage } from "@/lib/db";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { processWide } from "@/lib/process-wide";
import { parseRedisUrl, type RedisPlace } from "@/lib/text/redis-url";
import { LIBRARY, SOURCE } from "./functions";

/** How long a change waits for Redis, and how long a look-up does, in milliseconds. */
const PATIENCE = 1500;
const LOOK_UP_PATIENCE = 1000;

/** How long look-ups do without Redis after it did not answer one, in milliseconds: the requests in between do not wait. */
const PAUSE = 1000;

/** How long a change waits for a connection, in milliseconds, when the application has just started. */
const CONNECT_PATIENCE = 500;

/** How long to wait before connecting again after the client has given up, in milliseconds. */
const RECONNECT_AFTER = 200;

/** Limits for one connection: a server that hangs neither answers nor closes it. */
const LIMITS = {
  connectTimeout: 500,
  socketTimeout: 1200,
  maxRetriesPerRequest: 0,
  // A command that was written may have happened. Each caller decides whether it asks again.
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  retryStrategy: (times: number) => Math.min(50 * times, 1000),
};

/** The connection to Redis, shared by everything in this process. */
function redis(): Redis | Cluster {
  return processWide("latchkeyRedis", connect);
}

function connect(): Redis | Cluster {
  const place = parseRedisUrl(String(env().REDIS_URL));
  if (!place) throw new Error("REDIS_URL is not set");
  const client = place.kind === "cluster" ? clusterOf(place) : new Redis(singleOf(place));
  let wasAway = false;
  // Without a listener, an error event would end the process.
  client.on("error", (error) => {
    trouble.message = error.message;
    if (!wasAway) log().warn({ err: withoutCommand(error) }, "Redis does not respond. Postgres answers in its place.");
    wasAway = true;
  });
  client.on("ready", () => {
    if (wasAway) log().info("Redis responds again");
    wasAway = false;
  });
  // ioredis gives up for ever if a Sentinel announces a failover while it is connecting.
  client.on("end", () => setTimeout(() => client.connect().catch(() => {}), RECONNECT_AFTER).unref());
  return client;
}

function singleOf({ kind, nodes, name, username, password, database, isEncrypted }: RedisPlace) {
  const credentials = { ...(username && { username }), ...(password && { password }), db: database };
  const tls = isEncrypted ? { tls: {} } : {};
  const options = { ...LIMITS, commandTimeout: LOOK_UP_PATIENCE, ...credentials, ...tls };
  if (kind === "single") return { ...options, ...nodes[0] };
  return {
    ...options,
    sentinels: nodes,
    name: String(name),
    failoverDetector: true,
    sentinelRetryStrategy: () => 200,
    ...(isEncrypted && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  };
}

function clusterOf({ nodes, username, password, isEncrypted }: RedisPlace): Cluster {
  const { enableOfflineQueue, retryStrategy: _, ...limits } = LIMITS;
  return new Cluster(nodes, {
    enableOfflineQueue,
    maxRedirections: 3,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 100,
    slotsRefreshTimeout: 500,
    slotsRefreshInterval: 1000,
    clusterRetryStrategy: (times) => Math.min(50 * times, 1000),
    // Certificates are for names, and nodes announce addresses.
    ...(isEncrypted && { dnsLookup: (address, callback) => callback(null, address) }),
    redisOptions: {
      ...limits,
      commandTimeout: 400,
      ...(username && { username }),
      ...(password && { password }),
      ...(isEncrypted && { tls: {} }),
    },
  });
}

/** The key of each bucket. Its tag spreads the buckets over a cluster. */
const KEYS = Array.from({ length: 256 }, (_, bucket) => `latchkey:{${bucket.toString(16).padStart(2, "0")}}`);

type Name = "find" | "claim" | "put" | "bury" | "touch" | "who" | "begin" | "fill" | "open";

/** Runs a function of ours for a bucket. Throws an Outage when Redis does not answer in time, or refuses. */
export async function call<T = string | null>(name: Name, bucket: number, args: (string | number)[]): Promise<T> {
  if (redis().status !== "ready") await becomesReady(redis());
  return inTime<T>(() => run(name, [bucket], args), PATIENCE);
}

/** The number of the part of Redis with this bucket. One call reaches all buckets of a part: a single server has only one. */
export function partOf(bucket: number): number {
  return "nodes" in redis() ? bucket : 0;
}

/** Until when each part is left alone. */
const away = processWide("latchkeyAway", () => new Map<number, number>());

/**
 * The same for what Postgres can answer as well: gives up sooner, and at once if Redis has just been away.
 * All buckets must be of one part.
 */
export async function callUnlessAway<T = string | null>(
  name: Name,
  buckets: [number, ...number[]],
  args: (string | number)[],
): Promise<T> {
  const part = partOf(buckets[0]);
  if (performance.now() < (away.get(part) ?? 0)) throw new Outage("Redis has just been away");
  try {
    return await inTime<T>(() => run(name, buckets, args), LOOK_UP_PATIENCE);
  } catch (error) {
    away.set(part, performance.now() + PAUSE);
    throw error;
  }
}

/** Asks a server, of a cluster any one, about itself. A list becomes lines of text. Throws an Outage. */
export async function inquire(command: string, ...args: string[]): Promise<string> {
  if (redis().status !== "ready") await becomesReady(redis());
  const answer = await inTime<string | string[]>(() => redis().call(command, ...args), PATIENCE);
  return [answer].flat().join("\n");
}

async function inTime<T>(work: () => Promise<unknown>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("Redis took too long")), patience);
  });
  try {
    return (await Promise.race([work(), late])) as T;
  } catch (error) {
    throw new Outage("Redis does not answer", { cause: withoutCommand(error) });
  } finally {
    clearTimeout(timer);
  }
}

async function run(name: Name, buckets: number[], args: (string | number)[]): Promise<unknown> {
  const client = redis();
  const keys = buckets.map((bucket) => String(KEYS[bucket]));
  const ask = () => client.call("FCALL", `${LIBRARY}_${name}`, keys.length, ...keys, ...args);
  try {
    return await ask();
  } catch (error) {
    if (!/Function not found/i.test(String(error))) throw complained(error);
    await load(client);
    return ask();
  }
}

/** Why the connection broke. Commands fail for another reason: there is no connection. */
const trouble = { message: "There is no connection" };

/** An error for the log. Those of ioredis have the command that failed, with a password or what a session holds. */
function withoutCommand(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(message.startsWith("Stream isn't writeable") ? trouble.message : message);
}

/** Until when refusals are not logged again. */
let quietUntil = 0;

/** Logs a refusal once a minute. Redis refuses when it is older than 7.0, needs a password, or is full. */
function complained(error: unknown): unknown {
  const isRefusal = error instanceof Error && error.name === "ReplyError";
  if (isRefusal && performance.now() > quietUntil) {
    quietUntil = performance.now() + 60_000;
    log().error({ err: withoutCommand(error) }, "Redis refuses a command");
  }
  return error;
}

async function becomesReady(client: Redis | Cluster): Promise<void> {
  const until = performance.now() + CONNECT_PATIENCE;
  while (client.status !== "ready" && performance.now() < until) await pause(10);
}

/** Loads our functions into every primary that lacks them. Replicas and restarts keep them. */
async function load(client: Redis | Cluster): Promise<void> {
  // Each bundle has its own class.
  const servers = "nodes" in client ? client.nodes("master") : [client];
  const loads = servers.map((server) =>
    server.call("FUNCTION", "LOAD", SOURCE).catch((error) => {
      if (!/already exists/.test(String(error))) throw error;
    }),
  );
  // One of them may be away. The bucket that is asked for may be another's.
  await Promise.allSettled(loads);
}
