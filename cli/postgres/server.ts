// The server process of the embedded Postgres: creates its data, launches it, finds it
// again, and stops it.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, open, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Connection } from "@/lib/connection";
import { UserError } from "@/lib/terminal";
import type { Home } from "./binaries";
import { codeOf, failure, nullIfMissing } from "./errors";

const SECOND = 1000;

/** How long a start may take, in milliseconds. Recovery after a crash can take long. */
export const START_LIMIT = 60 * SECOND;
/** How long a clean stop may take, in milliseconds. */
const STOP_LIMIT = 4 * SECOND;
export const POLL_INTERVAL = 50;

/** The settings stored for the next start. */
export type Settings = { password: string; port: number };

/** `postgresql://latchkey:<password>@127.0.0.1:<port>/<database>` */
export function urlOf({ password, port }: Settings, database = "latchkey"): string {
  return `postgresql://latchkey:${password}@127.0.0.1:${port}/${database}`;
}

/** Creates the data folder. Renames it last, so that an unfinished folder is never used. */
export async function createData(home: Home, password: string): Promise<void> {
  const { data } = home;
  const unfinished = `${data}.new`;
  const passwordFile = `${data}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  await handOver(home, [unfinished, passwordFile]);

  const login = ["--username=latchkey", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  // Postgres's built-in C.UTF-8 handles upper and lower case on every machine, whatever locales it has.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  try {
    await run(home, "initdb", ["-D", unfinished, ...login, ...locale]);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, data);
}

/** Starts the server, and returns its process id once it accepts connections. Its output goes to `log`. */
export async function launch(
  home: Home,
  settings: Settings,
  log: string,
  until = Date.now() + START_LIMIT,
): Promise<number> {
  const child = await spawnServer(home, settings, log);
  const fail = async (title: string) =>
    failure(`${title}. The end of ${log}`, { printed: await readFile(log, "utf8"), data: home.data });

  for (let strangers = 0; Date.now() < until; await sleep(POLL_INTERVAL)) {
    const answer = await ask(home, settings);
    if (answer === "ours") return child.pid;
    if (child.hasEnded()) {
      // After a kill, the old server's child processes need a moment to end.
      const tooEarly = /pre-existing shared memory block .* is still in use/.test(await readFile(log, "utf8"));
      if (!tooEarly || Date.now() > until) throw await fail("Postgres does not start");
      return launch(home, settings, log, until);
    }
    // If another program had the port, our server would have ended by now.
    if (answer === "stranger" && ++strangers > 20) {
      await stop(home, child.pid);
      throw new UserError(
        `The password in postgres.json does not match the database in ${home.data}. Restore the file from a backup.`,
      );
    }
  }
  await stop(home, child.pid);
  throw await fail(`Postgres did not accept connections within ${START_LIMIT / SECOND} s`);
}

/**
 * The process id and port of the server that already runs on this data, or null.
 * Waits while it starts or stops.
 */
export async function findRunning(home: Home, password: string): Promise<{ pid: number; port: number } | null> {
  const [pid = 0, , , port = 0] = (await readPidFile(home)).split("\n").map(Number);
  // Postgres itself cleans up after a dead server.
  if (!pid || !port || !isAlive(pid)) return null;

  for (const until = Date.now() + START_LIMIT; Date.now() < until && isAlive(pid); await sleep(POLL_INTERVAL)) {
    const answer = await ask(home, { password, port });
    if (answer === "ours") return { pid, port };
    if (answer === "unready") continue;
    // Our server would have responded, because it listens as long as it runs. So the process id belongs to
    // another program or a zombie. Remove the file: Postgres would refuse to start because of it.
    await rm(pidFileOf(home), { force: true });
    return null;
  }
  return null;
}

/** Stops the server within seconds. Resolves when the process has ended. */
export async function stop(home: Home, pid: number): Promise<void> {
  await tellToStop(home, pid, "fast");
  if (await isGone(home, pid, Date.now() + STOP_LIMIT)) return;
  await tellToStop(home, pid, "immediate"); // the next start then has to recover, but no data is lost
  await isGone(home, pid, Number.POSITIVE_INFINITY);
}

/** Creates the database `latchkey` if it does not exist. */
export async function ensureDatabase(settings: Settings): Promise<void> {
  const url = urlOf(settings, "postgres");
  const found = await query(url, "SELECT datname FROM pg_database WHERE datname = 'latchkey'");
  if (found.length === 0) await query(url, "CREATE DATABASE latchkey");
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM"; // alive, but another user's
  }
}

async function spawnServer(home: Home, { port }: Settings, log: string) {
  const address = ["-h", "127.0.0.1", "-p", String(port), "-c", "unix_socket_directories="];
  // UTC, so that the log and other database clients show the same times as Latchkey.
  const zone = ["-c", "timezone=UTC", "-c", "log_timezone=UTC"];
  // Terse, because error details would put email addresses into the log.
  const args = ["-D", home.data, ...address, ...zone, "-c", "log_error_verbosity=terse"];
  // Each start overwrites the log, so that it cannot grow for ever.
  const output = await open(log, "w", 0o600);
  try {
    const stdio = ["ignore" as const, output.fd, output.fd];
    const child = spawn(join(home.programs, "postgres"), args, { ...spawnOptions(home), detached: true, stdio });
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    child.unref();
    return { pid: child.pid, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
  } finally {
    await output.close();
  }
}

async function run(home: Home, program: string, args: string[]): Promise<void> {
  try {
    await promisify(execFile)(join(home.programs, program), args, spawnOptions(home));
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: unknown };
    if (typeof code === "string") throw error; // the program did not start
    throw await failure(`${program} failed`, { printed: stdout + stderr, data: home.data });
  }
}

function spawnOptions({ data, owner }: Home) {
  // A minimal environment: variables such as PGDATA would change how these programs work, and they must not
  // get our secrets. LC_ALL makes their messages English, because `failure` reads them.
  const { NODE_ENV, PATH, SystemRoot, TEMP } = process.env;
  const env = { NODE_ENV, PATH, SystemRoot, TEMP, LC_ALL: "C" };
  return { ...owner, env, cwd: parse(data).root, windowsHide: true };
}

async function handOver({ owner }: Home, paths: string[]): Promise<void> {
  const { uid, gid } = owner;
  if (uid !== undefined && gid !== undefined) await Promise.all(paths.map((path) => chown(path, uid, gid)));
}

/** Which server responds on the port: ours, one that is not ready, a stranger's, or none. */
async function ask(home: Home, settings: Settings): Promise<"ours" | "unready" | "stranger" | "nobody"> {
  try {
    const [row] = await query(urlOf(settings, "postgres"), "SELECT current_setting('data_directory') AS data");
    return (await realpath(row?.data ?? "")) === (await realpath(home.data)) ? "ours" : "stranger";
  } catch (error) {
    const code = codeOf(error);
    if (code === "ECONNREFUSED") return "nobody";
    // Class 28: the server rejects our password. Other errors are temporary: it starts, stops or is too busy.
    return code.startsWith("28") ? "stranger" : "unready";
  }
}

async function query(url: string, sql: string): Promise<Record<string, string>[]> {
  const client = new Connection({ connectionString: url, ssl: false, connectionTimeoutMillis: 5 * SECOND });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function tellToStop(home: Home, pid: number, mode: "fast" | "immediate"): Promise<void> {
  if (process.platform === "win32") {
    // Windows has no signals. Ignore a timeout of pg_ctl: `isGone` checks whether the server has stopped.
    await run(home, "pg_ctl", ["stop", "-D", home.data, "-m", mode, "-t", "4"]).catch(() => {});
  } else if (isAlive(pid)) {
    process.kill(pid, mode === "fast" ? "SIGINT" : "SIGQUIT");
  }
}

async function isGone(home: Home, pid: number, until: number): Promise<boolean> {
  for (let released = 0; Date.now() < until; await sleep(POLL_INTERVAL)) {
    if (!isAlive(pid)) return true;
    // In a container whose first process reaps no children, an adopted server stays a zombie.
    if (Number.parseInt(await readPidFile(home), 10) !== pid && ++released > 10) return true;
  }
  return false;
}

async function readPidFile(home: Home): Promise<string> {
  return (await readFile(pidFileOf(home), "utf8").catch(nullIfMissing)) ?? "";
}

function pidFileOf({ data }: Home): string {
  return join(data, "postmaster.pid");
}
