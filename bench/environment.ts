// Starts the Postgres, the databases and the servers of a run.

import { mkdirSync } from "node:fs";
import { latchkey, latchkeyThreadless, latchkeyVerify } from "@/bench/targets/latchkey";
import {
  bare,
  betterAuth,
  betterAuthCached,
  expressSession,
  nextAuthDatabase,
  nextAuthJwt,
  node,
} from "@/bench/targets/peers";
import type { Surroundings, Target, TargetName } from "@/bench/targets/target";
import { type Postgres, startPostgres } from "@/cli/postgres";
import { build } from "@/server/build";
import { unlessStopped } from "@/server/shutdown";
import { withConnection } from "@/testing/copy-database";
import { createDatabase } from "@/testing/databases";
import type { Bench } from "./case";
import { captureMarkup } from "./markup";
import { parentOf } from "./processes";
import { endPrograms } from "./programs";

// Separate from the .data of an application that runs from this folder.
const FOLDER = ".test";

/** Separate from the Postgres of the tests, which does not wait for the disk. */
const POSTGRES = `${FOLDER}/bench`;

const PEERS: Partial<Record<TargetName, (environment: Surroundings) => Promise<Target>>> = {
  node,
  bare,
  "better-auth": betterAuth,
  "better-auth-cached": betterAuthCached,
  "next-auth-jwt": nextAuthJwt,
  "next-auth-database": nextAuthDatabase,
  "express-session": expressSession,
};

/** Runs `work` with everything that a measurement needs. Afterwards stops all programs started for it. */
export async function withBench<T>({ isQuick }: { isQuick: boolean }, work: (bench: Bench) => Promise<T>): Promise<T> {
  return unlessStopped(async (onStop, stop) => {
    await build({ ...(process.env.BUILD_DIR && { folder: process.env.BUILD_DIR }), stop });
    mkdirSync(FOLDER, { recursive: true });
    const starting = startPostgres(POSTGRES);
    // The signal may come while Postgres is starting.
    onStop(async () => (await starting.catch(() => null))?.stop());
    onStop(endPrograms);
    return work(await surround(await starting, { isQuick }));
  });
}

async function surround(postgres: Postgres, { isQuick }: { isQuick: boolean }): Promise<Bench> {
  await chooseDatabase(await createDatabase(postgres.url, "bench"));
  const started = new Map<TargetName, Promise<Target>>();

  const target = (name: TargetName): Promise<Target> => {
    const known = started.get(name) ?? start(name);
    started.set(name, known);
    return known;
  };
  const markup = once(async () => captureMarkup(await target("latchkey"), FOLDER));
  const start = async (name: TargetName): Promise<Target> => {
    if (name === "latchkey") return latchkey();
    // It shares the accounts of `latchkey`.
    if (name === "latchkey-verify") return latchkeyVerify(await target("latchkey"));
    if (name === "latchkey-threadless") return target("latchkey").then(latchkeyThreadless);
    const database = await createEmptyDatabase(postgres.url, `bench_${name.replaceAll("-", "_")}`);
    const peer = PEERS[name];
    if (!peer) throw new Error(`Unknown target ${name}`);
    return peer({ database, markup: await markup() });
  };

  return {
    isQuick,
    postgres: await processOf(postgres.url),
    say: (text) => process.stderr.write(`  ${text}\n`),
    async targets(names) {
      const targets: Target[] = [];
      // One after another: concurrent builds would take as long, and twice the memory.
      for (const name of names) targets.push(await target(name));
      return targets;
    },
  };
}

/** Makes this the database of our servers, and of this process. */
async function chooseDatabase(url: string): Promise<void> {
  Object.assign(process.env, {
    DATABASE_URL: url,
    SESSION_SECRET: "a secret for measuring and for nothing else",
    SWEEP_INTERVAL: "24h",
    OUTBOX_FOLDER: `${FOLDER}/bench-outbox`,
    // The peers that leave hashing to the application use the same hash at the same cost.
    PASSWORD_COST: "10",
    TRUSTED_PROXIES: "127.0.0.1,::1",
    // Overrides .env, so that no request leaves this machine.
    SMTP_URL: "",
    BREACHED_PASSWORDS: "",
  });
}

async function createEmptyDatabase(url: string, name: string): Promise<string> {
  await withConnection(url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  });
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** The process id of the Postgres at `url`: the parent of our connection's process. */
async function processOf(url: string): Promise<number> {
  return withConnection(url, async (client) => {
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    return parentOf(rows[0].pid);
  });
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
