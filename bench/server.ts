import { mkdirSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "@/lib/terminal";
import { freePort } from "@/testing/free-port";
import { endProgram, startProgram } from "./programs";

const LOGS = ".test/bench-logs";

export type Server = { url: string; pid: number; stop(): Promise<void> };

type Program = {
  name: string;
  folder?: string;
  /** The arguments for Node.js to run the server on this port. */
  args(port: string): string[];
  settings(port: string): Record<string, string>;
};

/** Starts a server in its own process, and resolves once it responds. Its output goes to .test/bench-logs. */
export async function startServer({ name, folder = ".", args, settings }: Program): Promise<Server> {
  const port = String(await freePort());
  mkdirSync(LOGS, { recursive: true });
  const log = `${LOGS}/${name}.log`;
  const output = openSync(log, "w");
  const server = startProgram(process.execPath, args(port), {
    cwd: folder,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", PORT: port, ...settings(port) },
    stdio: ["ignore", output, output],
  });

  const url = `http://127.0.0.1:${port}`;
  while (!(await doesAnswer(url))) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new UserError(`${name} ended during its start. Its output:\n\n${readFileSync(log, "utf8")}`);
    await pause(100);
  }
  return {
    url,
    pid: server.pid ?? 0,
    stop: () => endProgram(server),
  };
}

function doesAnswer(url: string): Promise<boolean> {
  return fetch(`${url}/api/session`).then(
    ({ status }) => status < 500,
    () => false,
  );
}
