import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { freePort } from "./free-port";
import { ELSEWHERE, PRINTED } from "./settings";

export type TestServer = {
  url: string;
  pid: number;
  /** Stops the server gracefully, and returns its exit status. */
  stop(): Promise<number | null>;
  /** Everything that the server has printed. */
  said(): string;
};

/**
 * Starts another server of the build, on its own port, with these settings. Its output is kept under `name`. It runs the
 * compiled command line, unless `PROGRAM` in the settings names another one.
 */
export async function startServer(settings: Record<string, string>, name?: string): Promise<TestServer> {
  const port = settings.PORT ?? String(await freePort());
  const url = `http://localhost:${port}`;
  const env: NodeJS.ProcessEnv = { ...process.env, ...ELSEWHERE, PORT: port, APP_URL: url, ...settings };
  const server = spawn(process.execPath, [String(env.PROGRAM), "serve"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithTests(server);
  let said = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (text) => {
      said += text;
      // The last check of cli/commands/test.ts reads it.
      appendFileSync(`${PRINTED}/${name ?? `server-${server.pid}`}.log`, text);
    });
  }

  const isUp = await new Promise<boolean>((resolve) => {
    // Searches all output so far, because the URL may arrive in two chunks.
    const search = () => {
      if (!said.includes(settings.APP_URL ?? url)) return;
      server.stdout.off("data", search);
      resolve(true);
    };
    server.stdout.on("data", search);
    server.once("exit", () => resolve(false));
  });
  if (isUp) return { url, pid: Number(server.pid), stop: () => stop(server, url), said: () => said };
  // Another program took the port between the check and its use.
  if (!settings.PORT && said.includes("is in use")) return startServer(settings, name);
  throw new Error(`The server ended before it answered: ${said}`);
}

/** Kills a server that a failed test has left running when the tests end. */
export function endWithTests(server: ChildProcess): void {
  const end = () => server.kill("SIGKILL");
  process.once("exit", end);
  server.once("exit", () => process.off("exit", end));
}

type Leave = (url: string) => Promise<void>;

const leaving = new Set<Leave>();

/** Runs `leave` with the URL of each server before it stops, until the returned function is called. */
export function beforeStop(leave: Leave): () => void {
  leaving.add(leave);
  return () => void leaving.delete(leave);
}

/** Stops the server at this URL gracefully, and returns its exit status. */
export async function stop(server: ChildProcess, url: string): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode;
  await Promise.all([...leaving].map((leave) => leave(url)));
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  const [status] = await exited;
  return status;
}
