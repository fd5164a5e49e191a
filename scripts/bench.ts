import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { build } from "./build";
import { Refusal } from "./console";
import { startPostgres } from "./postgres";
import { createDatabase, freePort } from "./test";

// Kept apart from the database of an application that runs from this folder.
const FOLDER = ".test";

/** Serves the built application with these settings, and stops it. */
export type Start = (settings?: Record<string, string>) => Promise<{ url: string; pid: number; stop(): Promise<void> }>;

/** `npm run bench NAME`: runs bench/NAME.ts, which serves the built application over an empty database and measures it. */
export async function main([name = ""]: string[]): Promise<void> {
  if (!/^\w+$/.test(name) || !existsSync(`bench/${name}.ts`))
    throw new Refusal("Say which: npm run bench sweep, npm run bench flood, timing or live");

  await build();
  const postgres = await startPostgres(FOLDER);
  Object.assign(process.env, {
    DATABASE_URL: await createDatabase(postgres.url, "bench"),
    SESSION_SECRET: "a secret for measuring and for nothing else",
    SWEEP_INTERVAL: "24h",
    OUTBOX_FOLDER: `${FOLDER}/bench-outbox`,
  });

  const running: (() => Promise<void>)[] = [];
  const start: Start = async (settings = {}) => {
    const server = await serve(settings);
    running.push(server.stop);
    return server;
  };
  try {
    const { measure } = await import(`../bench/${name}`);
    await measure(start);
  } finally {
    await Promise.all(running.map((stop) => stop()));
    await postgres.stop();
  }
  process.exit();
}

async function serve(settings: Record<string, string>): ReturnType<Start> {
  const port = String(await freePort());
  const url = `http://localhost:${port}`;
  const server = fork("scripts/run.mjs", ["serve"], {
    env: { ...process.env, PORT: port, APP_URL: url, ...settings },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(server, "exit");
  await untilAnswered(url);
  return {
    url,
    pid: server.pid ?? 0,
    async stop() {
      server.kill("SIGTERM");
      await exited;
    },
  };
}

async function untilAnswered(url: string): Promise<void> {
  const isThere = await fetch(`${url}/login`).then(
    (answer) => answer.ok,
    () => false,
  );
  if (isThere) return;
  await new Promise((resolve) => setTimeout(resolve, 100));
  await untilAnswered(url);
}
