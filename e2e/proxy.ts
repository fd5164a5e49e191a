import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { request } from "node:https";
import { resolve } from "node:path";
import { DOMAIN, startNginx } from "./nginx";

const FOLDER = resolve(".test/proxy");

/** An nginx that runs the configuration in docs/protect-an-application.md, on `port`, in front of what listens on the two others. */
export async function startProxy(ports: { port: number; latchkey: number; application: number }) {
  return startNginx({ folder: FOLDER, port: ports.port, text: configuration(ports) });
}

/** The very text that is in the document, with other hosts, ports and files. */
function configuration({
  port,
  latchkey,
  application,
}: {
  port: number;
  latchkey: number;
  application: number;
}): string {
  const document = readFileSync("docs/protect-an-application.md", "utf8");
  const [, text = ""] = /```nginx\n(.*?)```/s.exec(document) ?? [];
  return text
    .replaceAll("/etc/ssl/example.com", `${FOLDER}/tls`)
    .replaceAll("example.com", DOMAIN)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${latchkey}`)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${application}`);
}

/** A small application that knows nothing of Latchkey: it shows the headers and the body that it was sent. */
export async function startApplication(): Promise<{ port: number; close(): void; requests: Seen[] }> {
  const requests: Seen[] = [];
  const server: Server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const seen = {
      path: message.url ?? "",
      headers: message.headers,
      raw: message.rawHeaders,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(seen);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Wiki</title><h1>The wiki</h1><pre>${JSON.stringify(seen)}</pre>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as { port: number }).port, close: () => server.close(), requests };
}

/** A request as the application saw it. */
type Seen = { path: string; headers: IncomingHttpHeaders; raw: string[]; body: string };

type Ask = {
  port: number;
  host?: string;
  path: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** An address of this machine to ask from. */
  from?: string;
};
type Told = { status: number; headers: IncomingHttpHeaders; text: string };

/** Asks through the proxy for exactly this path, as no browser would spell it. Null when the connection was closed without an answer. */
export async function ask({
  port,
  host = `wiki.${DOMAIN}`,
  path,
  method = "GET",
  headers = {},
  body,
  from,
}: Ask): Promise<Told | null> {
  return new Promise((tell) => {
    const asked = request(
      {
        host: "127.0.0.1",
        ...(from && { localAddress: from }),
        port,
        path,
        method,
        headers: { Host: host, ...headers },
        servername: `wiki.${DOMAIN}`,
        rejectUnauthorized: false,
        agent: false,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () =>
          tell({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    asked.on("error", () => tell(null));
    asked.end(body);
  });
}
