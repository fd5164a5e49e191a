import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { resolve } from "node:path";

const FOLDER = resolve(".test/instances");

/** The name that the document's proxy has in the tests. `.test` is nobody's (RFC 2606). */
export const HOST = "login.latchkey.test";

/** Why the tests of a proxy cannot run here, or null. */
export function missing(): string | null {
  const { NGINX = "", OPENSSL = "" } = process.env;
  return existsSync(NGINX) && existsSync(OPENSSL) ? null : "there is no nginx, or no openssl, on this machine";
}

/**
 * An nginx that runs the configuration in docs/deploy.md: on `port` in front of
 * both instances, and once more for each, on a port by which the tests choose it.
 */
export async function startNginx({ port, a, b }: { port: number; a: Instance; b: Instance }) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
  const files = ["-keyout", `${FOLDER}/tls.key`, "-out", `${FOLDER}/tls.crt`];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync(String(process.env.OPENSSL), ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
  const servers = [
    configuration({ name: "both", port, instances: [a.own, b.own] }),
    configuration({ name: "only_a", port: a.port, instances: [a.own] }),
    configuration({ name: "only_b", port: b.port, instances: [b.own] }),
  ];
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${FOLDER}/${name};`,
  );
  writeFileSync(
    `${FOLDER}/nginx.conf`,
    [
      "daemon off; master_process off;",
      `pid ${FOLDER}/nginx.pid; error_log stderr;`,
      "events {}",
      `http { access_log off; ${folders.join(" ")}`,
      ...servers,
      "}",
    ].join("\n"),
  );

  const nginx = spawn(String(process.env.NGINX), ["-p", FOLDER, "-c", `${FOLDER}/nginx.conf`, "-e", "stderr"], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let said = "";
  nginx.stderr.on("data", (text) => (said += text));
  await untilListening(port, nginx).catch(() => {
    throw new Error(`nginx does not run: ${said}`);
  });
  return { stop: () => stop(nginx), said: () => said };
}

/** An instance: the port that it listens on, and that of the nginx in front of it alone. */
export type Instance = { own: number; port: number };

/** The very text that is in the document, with other ports, names and files. */
function configuration({ name, port, instances }: { name: string; port: number; instances: number[] }): string {
  const [, text = ""] = /```nginx\n(.*?)```/s.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];
  const servers = /( +server )10\.0\.0\.5:3000(.*\n).*10\.0\.0\.6:3000.*\n/;
  if (!servers.test(text)) throw new Error("The configuration in docs/deploy.md has no two servers");
  return text
    .replace(servers, (_all, before, after) => instances.map((own) => `${before}127.0.0.1:${own}${after}`).join(""))
    .replaceAll("upstream latchkey", `upstream ${name}`)
    .replaceAll("http://latchkey", `http://${name}`)
    .replaceAll("/etc/ssl/login.example.com", `${FOLDER}/tls`)
    .replaceAll("login.example.com", HOST)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`);
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

type Ask = { port: number; path: string; method?: string; headers?: Record<string, string>; body?: string };

/** What the proxy on this port answers, to a client with an address of its own; the status is 0 when nothing whole is. */
export async function askProxy({
  port,
  path,
  method = "GET",
  headers = {},
  body,
}: Ask): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const [second, third, fourth] = [0, 0, 0].map(() => 1 + Math.floor(Math.random() * 250));
  return new Promise((tell) => {
    const failed = (error: Error) => tell({ status: 0, headers: {}, text: String(error) });
    const asked = request(
      {
        host: "127.0.0.1",
        localAddress: `127.${second}.${third}.${fourth}`,
        port,
        path,
        method,
        headers: { Host: HOST, ...headers },
        servername: HOST,
        rejectUnauthorized: false,
        agent: false,
      },
      (answer) => {
        let text = "";
        answer.on("data", (chunk) => (text += chunk));
        answer.on("error", failed);
        answer.on("end", () => tell({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    asked.on("error", failed);
    asked.end(body);
  });
}
