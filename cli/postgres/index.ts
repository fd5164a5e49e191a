// The Postgres that comes with Latchkey, used when DATABASE_URL is not set.
//
// It runs in its own process group, so that Ctrl-C in a terminal reaches only Latchkey.
// Latchkey can then finish its last requests before it stops the database. If Latchkey is
// killed instead, the next start finds the server still running and adopts it.

import { randomBytes, randomInt } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "@/lib/terminal";
import { unlessStopped } from "@/server/shutdown";
import { createFolder, type Home, prepareHome } from "./binaries";
import { codeOf, explain, nullIfMissing } from "./errors";
import * as server from "./server";

export type Postgres = {
  /** `postgresql://latchkey:<password>@127.0.0.1:<port>/latchkey` */
  url: string;
  port: number;
  /** The server was already running: another process may be using it. */
  adopted: boolean;
  /** Stops the server, adopted or not, within seconds. Resolves when its process has ended. */
  stop(): Promise<void>;
};

/**
 * Starts the Postgres in `folder`, or adopts it if it is already running.
 *
 * Creates the folder and the database on first use. The server listens only on 127.0.0.1.
 * Its port stays the same unless another program has taken it. Throws a `UserError` that
 * explains the problem, for example a full disk.
 */
export async function startPostgres(folder: string): Promise<Postgres> {
  const path = resolve(folder);
  try {
    await createFolder(path);
    return await oneAtATime(join(path, "postgres.lock"), () => findOrStart(path));
  } catch (error) {
    throw explain(error, path);
  }
}

/**
 * Runs `work` with the Postgres in `folder`, and returns its result. Afterwards stops the
 * server, unless it was already running before.
 */
export async function withPostgres<T>(folder: string, work: (url: string) => Promise<T>): Promise<T> {
  return unlessStopped(async (onStop) => {
    const starting = startPostgres(folder);
    // The signal may come while the server is starting.
    onStop(async () => {
      const postgres = await starting.catch(() => null);
      if (!postgres?.adopted) await postgres?.stop();
    });
    return work((await starting).url);
  });
}

/** Where the Postgres of `folder` keeps its data. The data may not exist yet; its parent folder does. */
export async function dataFolder(folder: string): Promise<string> {
  await createFolder(resolve(folder));
  return (await prepareHome(resolve(folder))).data;
}

async function findOrStart(folder: string): Promise<Postgres> {
  const home = await prepareHome(folder);
  const settings = await readSettings(folder, home);
  const running = await server.findRunning(home, settings.password);
  const { pid, port } = running ?? (await start(folder, home, settings));
  await server.ensureDatabase({ ...settings, port });

  let stopped: Promise<void> | undefined;
  return {
    url: server.urlOf({ ...settings, port }),
    port,
    adopted: running !== null,
    stop: () => {
      stopped ??= server.stop(home, pid);
      return stopped;
    },
  };
}

async function start(folder: string, home: Home, { password, port }: server.Settings) {
  const settings = { password, port: await findFreePort(port) };
  if (settings.port !== port) await writeSettings(folder, settings);
  if (!(await hasData(home))) await server.createData(home, password);
  return { pid: await server.launch(home, settings, join(folder, "postgres.log")), port: settings.port };
}

async function hasData({ data }: Home): Promise<boolean> {
  return (await stat(join(data, "PG_VERSION")).catch(nullIfMissing)) !== null;
}

async function readSettings(folder: string, home: Home): Promise<server.Settings> {
  const file = join(folder, "postgres.json");
  const text = await readFile(file, "utf8").catch(nullIfMissing);
  if (text !== null) return JSON.parse(text);
  if (!(await hasData(home))) return { password: randomBytes(24).toString("base64url"), port: 0 };
  throw new UserError(
    `${file} is missing. It contains the password of the database in ${home.data}. Restore the file from a backup.`,
  );
}

async function writeSettings(folder: string, settings: server.Settings): Promise<void> {
  const file = join(folder, "postgres.json");
  await writeFile(`${file}.new`, JSON.stringify(settings), { mode: 0o600 });
  await rename(`${file}.new`, file); // atomic
}

/** The previous port if it is free, otherwise a random one below those of outgoing connections. */
async function findFreePort(remembered: number): Promise<number> {
  for (let port = remembered || randomInt(15_000, 25_000), tries = 0; tries < 50; tries++) {
    if (await isFree(port)) return port;
    port = randomInt(15_000, 25_000);
  }
  throw new UserError(
    "Found no free port for Postgres on 127.0.0.1. Try again, or set DATABASE_URL to another Postgres.",
  );
}

/** Whether no program listens on this port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

/** Runs `work` under a lock file, because two concurrent starts would both create the database. Ignores a dead process's lock. */
async function oneAtATime<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!(await claim(lock))) {
    if (await isStale(lock)) await rm(lock, { force: true });
    else await sleep(server.POLL_INTERVAL);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function claim(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function isStale(lock: string): Promise<boolean> {
  const [holder, file] = await Promise.all([
    readFile(lock, "utf8").catch(nullIfMissing),
    stat(lock).catch(nullIfMissing),
  ]);
  if (holder === null || file === null) return false; // just released
  // Checks the age, too: after a reboot another program may have the process id.
  return !server.isAlive(Number(holder)) || Date.now() - file.mtimeMs > 2 * server.START_LIMIT;
}
