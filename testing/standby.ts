// Two real Postgres servers, of which one is the standby of the other, and everything that can
// happen to them.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { dataFolder, type Postgres, startPostgres } from "@/cli/postgres";
import { withConnection } from "./copy-database";
import { createDatabase } from "./databases";

/** Why two servers cannot run here, or null. */
export function lacksForStandby(): string | null {
  return existsSync("/proc/self/stat") ? null : "needs /proc, to stop all processes of a Postgres";
}

type Server = {
  port: number;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Ends all its processes at once, as when its machine dies. */
  kill(): void;
  /** Stops all its processes, so that its connections stay open and nothing responds. */
  hang(): void;
  wake(): void;
};

export type Pair = {
  /** The URL of the migrated database, with both hosts. */
  url: string;
  primary: Server;
  standby: Server & { promote(): Promise<void> };
  /** Waits until the standby has every change. */
  caughtUp(): Promise<void>;
  /** Makes the primary wait for the standby before it confirms a change. */
  waitForStandby(): Promise<void>;
  /** Changes reach the standby this much later, in milliseconds. If the primary dies, those on the way are lost. */
  delay(milliseconds: number): void;
  stop(): Promise<void>;
};

/** Creates in `folder` the data that every pair begins with: a migrated database. */
export async function createBase(folder: string): Promise<void> {
  for (const name of ["base", "primary", "standby"]) await discard(join(folder, name));
  const postgres = await startPostgres(join(folder, "base"));
  await withConnection(postgres.url, async (client) => {
    for (const setting of ["fsync", "full_page_writes"]) await client.query(`ALTER SYSTEM SET ${setting} TO off`);
  });
  await createDatabase(postgres.url, "replicated");
  await postgres.stop();
}

/** Starts a primary and its standby, each with a copy of the data that `createBase` created in `folder`. */
export async function startPair(folder: string): Promise<Pair> {
  for (const name of ["primary", "standby"]) await copyBase(folder, name);
  const first = await startPostgres(join(folder, "primary"));
  const link = await linkTo(first.port);

  const data = await dataFolder(join(folder, "standby"));
  const { username, password } = new URL(first.url);
  const source = `host=127.0.0.1 port=${link.port} user=${username} password=${password} application_name=standby`;
  await appendFile(join(data, "postgresql.auto.conf"), `primary_conninfo = '${source}'\n`);
  await writeFile(join(data, "standby.signal"), "");
  const second = await startPostgres(join(folder, "standby"));

  const [primary, standby] = await Promise.all([
    serverOf(folder, "primary", first),
    serverOf(folder, "standby", second),
  ]);
  await until(async () => (await primary.query("SELECT FROM pg_stat_replication")).length === 1);
  return {
    url: `postgresql://${username}:${password}@127.0.0.1:${first.port},127.0.0.1:${second.port}/replicated`,
    primary,
    standby: {
      ...standby,
      promote: async () => void (await standby.query("SELECT pg_promote()")),
    },
    caughtUp: () =>
      until(async () => {
        const sql = "SELECT FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()";
        return (await primary.query(sql)).length === 1;
      }),
    async waitForStandby() {
      await primary.query("ALTER SYSTEM SET synchronous_standby_names TO 'standby'");
      await primary.query("SELECT pg_reload_conf()");
      const sql = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'";
      await until(async () => (await primary.query(sql)).length === 1);
    },
    delay: link.delay,
    async stop() {
      for (const server of [primary, standby]) server.wake();
      link.close();
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

async function copyBase(folder: string, name: string): Promise<void> {
  await discard(join(folder, name));
  const [from, to] = [join(folder, "base"), join(folder, name)];
  // -a keeps the owner, who is not always the user that runs the tests.
  const { status, stderr } = spawnSync("cp", ["-a", await dataFolder(from), await dataFolder(to)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const { password } = JSON.parse(await readFile(join(from, "postgres.json"), "utf8"));
  await writeFile(join(to, "postgres.json"), JSON.stringify({ password, port: 0 }), { mode: 0o600 });
}

/** Deletes a server of an earlier run, which may have been left running. */
export async function discard(folder: string): Promise<void> {
  const data = await dataFolder(folder);
  signal(data, "SIGKILL");
  rmSync(data, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}

async function serverOf(folder: string, name: string, { url, port }: Postgres): Promise<Server> {
  const data = await dataFolder(join(folder, name));
  const its = new URL(url);
  its.pathname = "/replicated";
  return {
    port,
    query: (sql) => withConnection(its.href, async (client) => (await client.query(sql)).rows),
    kill: () => signal(data, "SIGKILL"),
    hang: () => signal(data, "SIGSTOP"),
    wake: () => signal(data, "SIGCONT"),
  };
}

/** Sends a signal to all processes of the server on this data. */
function signal(data: string, name: NodeJS.Signals): void {
  const file = join(data, "postmaster.pid");
  const [first] = existsSync(file) ? readFileSync(file, "utf8").split("\n").map(Number) : [];
  if (!first || !commandOf(first).includes(data)) return;
  // The first process starts the others, so it is stopped first.
  process.kill(first, name);
  for (const id of childrenOf(first)) {
    try {
      process.kill(id, name);
    } catch {
      // It has just ended.
    }
  }
}

function commandOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((entry) => {
    try {
      // The fields after the name, which is in brackets: its state, and its parent.
      const [, its] = /\) \S (\d+) /.exec(readFileSync(`/proc/${entry}/stat`, "utf8")) ?? [];
      return Number(its) === parent ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

/** A network link to a port, which can delay data. When its far end dies, data on the way is lost. */
async function linkTo(port: number) {
  const sockets = new Set<Socket>();
  let wait = 0;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk) => (wait ? setTimeout(() => near.writable && near.write(chunk), wait) : near.write(chunk)));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as { port: number }).port,
    delay(milliseconds: number) {
      wait = milliseconds;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Waits until a condition is true. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isTrue()) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error("It has not happened within 10 s");
}
