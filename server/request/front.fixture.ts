import { once } from "node:events";
import { request as ask, createServer, type IncomingHttpHeaders } from "node:http";
import { contextOfResponse } from "@/lib/request-context";
import { recordUse, sessionStatus, takeEarly } from "@/lib/session/status";
import { Streams } from "@/server/events/streams";
import { handleWith } from "./handle";

/** An answer, as its client reads it. */
export type Told = { status: number; headers: IncomingHttpHeaders; text: string };

/** The server in front of Next.js, which a test asks over HTTP. */
export type Front = {
  port: number;
  send(path: string, headers: Record<string, string>, method?: string): Promise<Told>;
  close(): void;
};

/**
 * Starts it with one page in the place of Next.js. As every private page, it looks the session up and records its use. Its
 * text is the state of the session, or the reason for its end. Its header says whether Next.js would skip the middleware.
 *
 * The folder `build` has the middleware. By default it does not exist, so there is none.
 */
export async function startFront({ build = "no-build" } = {}): Promise<Front> {
  process.env.BUILD_DIR = build;
  const streams = new Streams();
  const management = { answerVisitor: async () => {} } as unknown as Parameters<typeof handleWith>[2];
  const handle = handleWith(
    async ({ headers }, response) => {
      const found = await (takeEarly(contextOfResponse()) ?? sessionStatus(null));
      if (found.state === "valid") await recordUse(found);
      const skips = "x-latchkey-opened" in headers;
      response.writeHead(200, { "Content-Type": "text/plain", "Skips-Middleware": String(skips) });
      response.end(found.state === "ended" ? found.reason : found.state);
    },
    streams,
    management,
  );
  const server = createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    port,
    send: (path, headers, method = "GET") => sendTo(port, { path, headers, method }),
    close() {
      streams.close();
      server.close();
    },
  };
}

type Asked = { path: string; headers: Record<string, string>; method: string };

/** Sends a request to a server on this machine, on a connection of its own. */
export function sendTo(port: number, asked: Asked): Promise<Told> {
  return new Promise((tell, fail) => {
    const request = ask({ port, host: "127.0.0.1", agent: false, ...asked }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => tell({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    request.on("error", fail);
    request.end();
  });
}
