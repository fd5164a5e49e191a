import { connect, createServer, type Server, type Socket } from "node:net";
import { overhear, type Statement } from "./statements";

export type Wire = {
  url: string;
  /** The statements executed over this connection since the list was last emptied. */
  statements: Statement[];
  /** Drops all data in both directions while `on`, as a failed network does. */
  swallow(on: boolean): void;
  /** Drops all data of the open connections for ever, as a hung server does after a failover. New ones work. */
  abandon(): void;
  close(): void;
};

/** Starts a proxy in front of a database that records statements, and can drop data as a failed network does. */
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
