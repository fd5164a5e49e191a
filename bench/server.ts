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
  /** What Node is to run, when it is to listen at this port. */
  args(port: string): string[];
  settings(port: string): Record<string, string>;
};

/** Runs a server in a process of its own, and comes back when it answers. What it prints is kept beside the tests' files. */
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
      throw new UserError(`${name} ended as it started.\n\n${readFileSync(log, "utf8")}`);
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
