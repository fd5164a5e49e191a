import { connect, createServer, type Server, type Socket } from "node:net";
import { overhear, type Statement } from "./statements";

export type Wire = {
  url: string;
  /** The statements executed over this connection since the list was last emptied. */
  statements: Statement[];
  /** The statements of each round trip since the list was last emptied. */
  trips: Statement[][];
  /** Delays all data from now on by these milliseconds in each direction, as a database far away does. */
  delay(milliseconds: number): void;
  /** Drops all data in both directions while `on`, as a failed network does. */
  swallow(on: boolean): void;
  /** Drops all data of the open connections for ever, as a hung server does after a failover. New ones work. */
  abandon(): void;
  close(): void;
};

/** Starts a proxy in front of a database that records statements, and can delay or drop data as a network does. */
export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const [statements, trips]: [Statement[], Statement[][]] = [[], []];
  const abandoned = new Set<Socket>();
  let [swallowing, latency] = [false, 0];

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const { client, server } = overhear(
      (statement) => statements.push(statement),
      (trip) => trips.push(trip),
    );
    near.on("data", client);
    far.on("data", server);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (swallowing || abandoned.has(from)) return;
        // Timers of one length run in their order.
        if (latency > 0) setTimeout(() => to.write(chunk), latency);
        else to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  const near = new URL(url);
  near.port = String(await listen(server));

  return {
    url: near.href,
    statements,
    trips,
    delay(milliseconds) {
      latency = milliseconds;
    },
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
