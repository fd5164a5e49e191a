import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { freePort } from "./free-port";
import { ELSEWHERE, PRINTED } from "./settings";

export type TestServer = {
  url: string;
  pid: number;
  /** Tells it to stop, and returns the status that it exits with. */
  stop(): Promise<number | null>;
  said(): string;
};

/** Serves the built application once more, on a port of its own, with these settings. What it prints is kept under `name`. */
export async function startServer(settings: Record<string, string>, name?: string): Promise<TestServer> {
  const port = settings.PORT ?? String(await freePort());
  const url = `http://localhost:${port}`;
  const server = spawn(process.execPath, ["cli/main.mjs", "serve"], {
    env: { ...process.env, ...ELSEWHERE, PORT: port, APP_URL: url, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithTests(server);
  let said = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (text) => {
      said += text;
      // Also for the last check of cli/commands/test.ts.
      appendFileSync(`${PRINTED}/${name ?? `server-${server.pid}`}.log`, text);
    });
  }

  const isUp = await new Promise<boolean>((resolve) => {
    // Of all that it has said: an address may come in two pieces.
    server.stdout.on("data", () => said.includes(settings.APP_URL ?? url) && resolve(true));
    server.once("exit", () => resolve(false));
  });
  if (isUp) return { url, pid: Number(server.pid), stop: () => stop(server), said: () => said };
  // Somebody else was given the port between the look and the use of it.
  if (!settings.PORT && said.includes("is in use")) return startServer(settings, name);
  throw new Error(`The server ended before it answered: ${said}`);
}

/** Sees to it that a server that a failing test has left running is gone when the tests are. */
export function endWithTests(server: ChildProcess): void {
  const end = () => server.kill("SIGKILL");
  process.once("exit", end);
  server.once("exit", () => process.off("exit", end));
}

async function stop(server: ChildProcess): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode;
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  const [status] = await exited;
  return status;
}
