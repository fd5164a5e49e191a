import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";

/** The domain that the tests' hosts are in. `.test` is nobody's (RFC 2606). */
export const DOMAIN = "latchkey.test";

/** Why the tests of a proxy cannot run here, or null. */
export function missing(): string | null {
  const { NGINX = "", OPENSSL = "" } = process.env;
  return existsSync(NGINX) && existsSync(OPENSSL) ? null : "there is no nginx, or no openssl, on this machine";
}

/**
 * An nginx with `text` as its configuration within `http`, which listens on
 * `port`. All that it needs is in `folder`, among it the certificate tls.crt and
 * its key for the hosts of DOMAIN.
 */
export async function startNginx({ folder, port, text }: { folder: string; port: number; text: string }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
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

  const nginx = spawn(String(process.env.NGINX), ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let said = "";
  nginx.stderr.on("data", (text) => (said += text));
  await untilListening(port, nginx).catch(() => {
    throw new Error(`nginx does not run: ${said}`);
  });
  return { stop: () => stop(nginx), said: () => said };
}

function makeCertificate(folder: string): void {
  const subject = ["-subj", `/CN=*.${DOMAIN}`, "-addext", `subjectAltName=DNS:*.${DOMAIN}`];
  const files = ["-keyout", `${folder}/tls.key`, "-out", `${folder}/tls.crt`];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync(String(process.env.OPENSSL), ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
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
