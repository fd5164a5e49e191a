import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { build } from "./build";
import { Refusal, step } from "./console";
import { startPostgres } from "./postgres";
import { createDatabase, freePort } from "./test";

// Kept apart from the database of an application that runs from this folder.
const FOLDER = ".test";

/** `npm run bench NAME`: serves the built application over an empty database and runs bench/NAME.ts against it. */
export async function main([name = ""]: string[]): Promise<void> {
  if (!/^\w+$/.test(name) || !existsSync(`bench/${name}.ts`)) throw new Refusal("Say which: npm run bench sweep");

  await build();
  const postgres = await startPostgres(FOLDER);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  Object.assign(process.env, {
    DATABASE_URL: await createDatabase(postgres.url, "bench"),
    SESSION_SECRET: "a secret for measuring and for nothing else",
    PORT: String(port),
    APP_URL: url,
    SWEEP_INTERVAL: "24h",
  });
  const server = fork("scripts/run.mjs", ["serve"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });

  try {
    await step("Application started", () => untilAnswered(url));
    const { measure } = await import(`../bench/${name}`);
    await measure(url);
  } finally {
    server.kill("SIGTERM");
    await postgres.stop();
  }
  process.exit();
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
