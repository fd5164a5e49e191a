import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { DOMAIN, makeCertificate, startListening, startNginx } from "./proxy-process";

type Ports = { port: number; latchkey: number; application: number };

/** Start a proxy on `port`, with its configuration from docs/protect-an-application.md. */
export const PROXIES = {
  nginx: (ports: Ports) => {
    const folder = folderOf("nginx");
    return startNginx({ folder, port: ports.port, text: documented("nginx", folder, ports) });
  },

  caddy: (ports: Ports) => {
    const folder = folderOf("caddy");
    makeCertificate(folder);
    const sites = documented("caddyfile", folder, ports).replace(
      new RegExp(`^(\\S+\\.${DOMAIN}) \\{`, "gm"),
      `$1:${ports.port} {\n\tbind 127.0.0.1\n\ttls ${folder}/tls.crt ${folder}/tls.key`,
    );
    const own = `admin off\nauto_https disable_redirects\nstorage file_system ${folder}\nlog {\nlevel ERROR\n}`;
    writeFileSync(`${folder}/Caddyfile`, `{\n${own}\n}\n${sites}`);
    const args = ["run", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile"];
    return startListening({ program: String(process.env.CADDY), args, port: ports.port });
  },

  haproxy: (ports: Ports) => {
    const folder = folderOf("haproxy");
    makeCertificate(folder);
    const both = ["tls.crt", "tls.key"].map((name) => readFileSync(`${folder}/${name}`, "utf8"));
    writeFileSync(`${folder}/tls.pem`, both.join(""));
    writeFileSync(`${folder}/latchkey.lua`, documented("lua", folder, ports, "HAProxy"));
    writeFileSync(`${folder}/haproxy.cfg`, documented("haproxy", folder, ports));
    const args = ["-db", "-f", `${folder}/haproxy.cfg`];
    return startListening({ program: String(process.env.HAPROXY), args, port: ports.port });
  },

  apache2: async (ports: Ports) => {
    // Apache as root serves as another user, who may be unable to enter the checkout.
    const folder = `${tmpdir()}/latchkey-apache-${process.pid}`;
    makeCertificate(folder);
    writeFileSync(`${folder}/latchkey.lua`, documented("lua", folder, ports, "Apache"));
    const own = [
      `ServerRoot ${folder}`,
      `ServerName login.${DOMAIN}`,
      `PidFile ${folder}/apache.pid`,
      `DefaultRuntimeDir ${folder}`,
      `ErrorLog ${folder}/error.log`,
      "LogLevel crit",
      `Listen 127.0.0.1:${ports.port}`,
      "User www-data",
      "Group www-data",
      ...["mpm_event", "authz_core", "alias", "headers", "lua", "proxy", "proxy_http", "socache_shmcb", "ssl"].map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      ),
    ];
    writeFileSync(`${folder}/apache.conf`, [...own, documented("apache", folder, ports)].join("\n"));
    const args = ["-DFOREGROUND", "-f", `${folder}/apache.conf`];
    const proxy = await startListening({ program: String(process.env.APACHE2), args, port: ports.port });
    return { ...proxy, stop: () => proxy.stop().then(() => rmSync(folder, { recursive: true })) };
  },
};

/** The folder of a proxy's files. Each parallel test process has its own. */
function folderOf(proxy: string): string {
  return resolve(`.test/${proxy}-${process.env.TEST_PARALLEL_INDEX}`);
}

/** The section's first code block in this language, exactly as it is except for hosts, ports and files. */
function documented(language: string, folder: string, { port, latchkey, application }: Ports, section = ""): string {
  const document = readFileSync("docs/protect-an-application.md", "utf8");
  const after = document.slice(document.indexOf(`\n## ${section}`));
  const [, text = ""] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(after) ?? [];
  return text
    .replaceAll("/etc/ssl/example.com", `${folder}/tls`)
    .replaceAll("/etc/haproxy", folder)
    .replaceAll("/etc/apache2", folder)
    .replaceAll("example.com", DOMAIN)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("bind :443", `bind 127.0.0.1:${port}`)
    .replaceAll("*:443", `127.0.0.1:${port}`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${latchkey}`)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${application}`);
}

export type Application = { port: number; close(): void; requests: Seen[]; streams: ServerResponse[] };

/**
 * Starts a small application that knows nothing of Latchkey. It shows the headers
 * and the body of each request. It sends one line to requests for /stream, and leaves
 * the rest to the test. It echoes whatever a WebSocket sends.
 */
export async function startApplication(): Promise<Application> {
  const requests: Seen[] = [];
  const streams: ServerResponse[] = [];
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
    if (seen.path === "/stream") {
      streams.push(response);
      response.write("one\n");
      return;
    }
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>Wiki</title><h1>The wiki</h1><pre>${JSON.stringify(seen)}</pre>`);
  });
  server.on("upgrade", (message, socket: Socket) => {
    requests.push({ path: message.url ?? "", headers: message.headers, raw: message.rawHeaders, body: "" });
    const key = `${message.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.on("error", () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return { port, close: () => server.close(), requests, streams };
}

/** Opens a raw TLS connection through the proxy, for requests that Node's client refuses to send. */
export async function connectTo(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", servername: `wiki.${DOMAIN}`, rejectUnauthorized: false });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

/** The certificate that the proxy shows. */
export async function certificateAt(port: number): Promise<Buffer> {
  const socket = await connectTo(port);
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw;
}

/** Requests a path of any bytes, given as Latin-1. Returns the status, or null if the connection closed without one. */
export async function askRaw(port: number, path: string, headers: Record<string, string>): Promise<number | null> {
  const socket = await connectTo(port);
  const lines = Object.entries({ Host: `wiki.${DOMAIN}`, Connection: "close", ...headers }).map((pair) =>
    pair.join(": "),
  );
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
  let told = "";
  socket.on("data", (chunk) => (told += chunk.toString("latin1")));
  await once(socket, "close");
  return Number(/^HTTP\/1\.\d (\d{3})/.exec(told)?.[1]) || null;
}

/** A request as the application received it. */
type Seen = { path: string; headers: IncomingHttpHeaders; raw: string[]; body: string };

type Ask = {
  port: number;
  host?: string;
  path: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** The local address to send from. */
  from?: string;
};
type Told = { status: number; headers: IncomingHttpHeaders; text: string };

/** Requests exactly this path through the proxy. Returns null if the connection closed without a response. */
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
