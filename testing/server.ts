import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port";
import { ELSEWHERE, PRINTED } from "./settings";
import { overhear, type Statement } from "./statements";

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

export type Wire = {
  url: string;
  /** The statements that went over it and were run, as SQL, since it was last emptied. */
  statements: Statement[];
  swallow(on: boolean): void;
  /** Swallows for ever what is open now, as a server does that hangs when another has taken over; what is opened later works. */
  abandon(): void;
  close(): void;
};

/** A wire to a database that hears what is asked, and can be made to swallow it, as a network that has failed does. */
export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const statements: Statement[] = [];
  const abandoned = new Set<Socket>();
  let swallowing = false;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.on(
      "data",
      overhear((statement) => statements.push(statement)),
    );
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => swallowing || abandoned.has(from) || to.write(chunk));
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  const near = new URL(url);
  near.port = String(await listen(server));

  return {
    url: near.href,
    statements,
    swallow(on) {
      swallowing = on;
    },
    abandon() {
      for (const socket of sockets) abandoned.add(socket);
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}
