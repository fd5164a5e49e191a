// Starts proxies for tests, and makes their certificate.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";

/** The domain of the tests' hosts. `.test` is reserved, so it belongs to nobody (RFC 2606). */
export const DOMAIN = "latchkey.test";

/** Why a proxy's tests cannot run on this machine, or null if they can. */
export function missing(proxy: "nginx" | "caddy" | "haproxy" | "apache2" = "nginx"): string | null {
  const [path = "", openssl = ""] = [process.env[proxy.toUpperCase()], process.env.OPENSSL];
  return existsSync(path) && existsSync(openssl) ? null : `${proxy} or openssl is not installed on this machine`;
}

/**
 * Starts nginx with `text` as its configuration within `http`, listening on
 * `port`. All its files are in `folder`, including the certificate tls.crt for
 * the hosts of DOMAIN and its key.
 */
export async function startNginx({ folder, port, text }: { folder: string; port: number; text: string }) {
  makeCertificate(folder);
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    `${folder}/nginx.conf`,
    [
      "daemon off; master_process off;",
      `pid ${folder}/nginx.pid; error_log stderr;`,
      "events {}",
      `http { access_log off; ${folders.join(" ")}`,
      text,
      "}",
    ].join("\n"),
  );

  return startListening({
    program: String(process.env.NGINX),
    args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"],
    port,
  });
}

/** Starts a program and waits until it listens on `port`. Throws with its standard error if it exits before that. */
export async function startListening({ program, args, port }: { program: string; args: string[]; port: number }) {
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  await untilListening(port, child).catch(() => {
    throw new Error(`${program} did not start: ${said}`);
  });
  return { stop: () => stop(child), said: () => said };
}

/** Recreates a folder with the certificate tls.crt for the hosts of DOMAIN, and its key. */
export function makeCertificate(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const subject = ["-subj", `/CN=*.${DOMAIN}`, "-addext", `subjectAltName=DNS:*.${DOMAIN}`];
  const files = ["-keyout", `${folder}/tls.key`, "-out", `${folder}/tls.crt`];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync(String(process.env.OPENSSL), ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(() => Promise.reject(new Error("It ended")));
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

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
