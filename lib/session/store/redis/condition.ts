import { isOutage } from "@/lib/db";
import { call, inquire } from "./client";

/** What an operator may want to know about Redis. */
export type Condition = {
  /** Such as "Redis 7.0.15". */
  version: string;
  /** What it does when its memory is full: "noeviction", or which keys it drops. Null if it does not say. */
  eviction: string | null;
  /** Whether a cluster refuses everything while one part of it is away. */
  isAllOrNothing: boolean;
};

/** Asks Redis for its condition, and runs one of our functions. Throws an Outage. */
export async function redisCondition(): Promise<Condition> {
  await call("who", 0, []);
  const [server, eviction, coverage] = await Promise.all([
    inquire("INFO", "server"),
    inquire("CONFIG", "GET", "maxmemory-policy").catch(unknown),
    inquire("CONFIG", "GET", "cluster-require-full-coverage").catch(unknown),
  ]);
  const read = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(server)?.[1];
  const valkey = read("valkey_version");
  const version = valkey ? `Valkey ${valkey}` : `Redis ${read("redis_version") ?? "of an unknown version"}`;
  const isCluster = read("redis_mode") === "cluster";
  return { version, eviction: lastWord(eviction), isAllOrNothing: isCluster && lastWord(coverage) === "yes" };
}

/** Managed services refuse CONFIG. */
function unknown(error: unknown): string {
  if (!isOutage(error)) throw error;
  return "";
}

function lastWord(text: string): string | null {
  return text.split(/\s/).at(-1) || null;
}
