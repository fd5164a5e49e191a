import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { resolve } from "node:path";

const FOLDER = resolve(".test/proxy");

/** The domain that the tests' hosts are in. `.test` is nobody's (RFC 2606). */
export const DOMAIN = "latchkey.test";

/** An nginx that runs the configuration in docs/protect-an-application.md, on `port`, in front of what listens on the two others. */
export async function startProxy(ports: { port: number; latchkey: number; application: number }) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  makeCertificate();
  writeFileSync(`${FOLDER}/nginx.conf`, configuration(ports));

  const nginx = spawn(String(process.env.NGINX), ["-p", FOLDER, "-c", `${FOLDER}/nginx.conf`, "-e", "stderr"], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let said = "";
  nginx.stderr.on("data", (text) => (said += text));
  await untilListening(ports.port, nginx).catch(() => {
    throw new Error(`nginx does not run: ${said}`);
  });
  return { stop: () => stop(nginx), said: () => said };
}

function makeCertificate(): void {
  const subject = ["-subj", `/CN=*.${DOMAIN}`, "-addext", `subjectAltName=DNS:*.${DOMAIN}`];
  const files = ["-keyout", `${FOLDER}/tls.key`, "-out", `${FOLDER}/tls.crt`];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync(String(process.env.OPENSSL), ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
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
  const ours = text
    .replaceAll("/etc/ssl/example.com", `${FOLDER}/tls`)
    .replaceAll("example.com", DOMAIN)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${latchkey}`)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${application}`);
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${FOLDER}/${name};`,
  );

  return [
    "daemon off; master_process off;",
    `pid ${FOLDER}/nginx.pid; error_log stderr;`,
    "events {}",
    `http { access_log off; ${folders.join(" ")}`,
    ours,
    "}",
  ].join("\n");
}

async function untilListening(port: number, nginx: ChildProcess): Promise<void> {
  const ended = once(nginx, "exit").then(() => Promise.reject(new Error("It ended")));
  const listening = async () => {
    for (;;) {
      const socket = connect(port, "127.0.0.1");
      const isOpen = await Promise.race([
        once(socket, "connect").then(() => true),
        once(socket, "error").then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (isOpen) return;
    }
  };
  await Promise.race([ended, listening()]);
}

async function stop(nginx: ChildProcess): Promise<void> {
  if (nginx.exitCode !== null) return;
  const exited = once(nginx, "exit");
  nginx.kill("SIGTERM");
  await exited;
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
}: Ask): Promise<Told | null> {
  return new Promise((tell) => {
    const asked = request(
      {
        host: "127.0.0.1",
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

/** Why the tests of the proxy cannot run here, or null. */
export function missing(): string | null {
  const { NGINX = "", OPENSSL = "" } = process.env;
  return existsSync(NGINX) && existsSync(OPENSSL) ? null : "there is no nginx, or no openssl, on this machine";
}
