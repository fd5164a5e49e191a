import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DOMAIN, startNginx } from "./proxy-process";

/** The host name of the instances. */
export const HOST = `login.${DOMAIN}`;

/** An instance: its own port, and the port of a proxy that leads to it alone. */
export type Instance = { own: number; port: number };

/**
 * Starts nginx with the configuration in docs/deploy.md. `port` leads to both
 * instances; each instance's own `port` leads to it alone, so that tests can choose one.
 */
export async function startBalancer({ port, a, b }: { port: number; a: Instance; b: Instance }) {
  const folder = resolve(`.test/instances-${process.env.TEST_PARALLEL_INDEX}`);
  const text = [
    configuration({ folder, name: "both", port, instances: [a.own, b.own] }),
    configuration({ folder, name: "only_a", port: a.port, instances: [a.own] }),
    configuration({ folder, name: "only_b", port: b.port, instances: [b.own] }),
  ].join("\n");
  return startNginx({ folder, port, text });
}

type Balanced = { folder: string; name: string; port: number; instances: number[] };

/** The configuration exactly as in the document, except for ports, names and files. */
function configuration({ folder, name, port, instances }: Balanced): string {
  const [, text = ""] = /```nginx\n(.*?)```/s.exec(readFileSync("docs/deploy.md", "utf8")) ?? [];
  const servers = /( +server )10\.0\.0\.5:3000(.*\n).*10\.0\.0\.6:3000.*\n/;
  if (!servers.test(text)) throw new Error("The configuration in docs/deploy.md does not have two instances");
  return text
    .replace(servers, (_all, before, after) => instances.map((own) => `${before}127.0.0.1:${own}${after}`).join(""))
    .replaceAll("upstream latchkey", `upstream ${name}`)
    .replaceAll("http://latchkey", `http://${name}`)
    .replaceAll("/etc/ssl/latchkey/login.example.com", `${folder}/tls`)
    .replaceAll("login.example.com", HOST)
    .replaceAll("listen 443", `listen 127.0.0.1:${port}`);
}

/** A random loopback address, so that callers share no limit by address. */
export function anAddress(): string {
  return ["127", ...[0, 0, 0].map(() => 1 + Math.floor(Math.random() * 250))].join(".");
}
