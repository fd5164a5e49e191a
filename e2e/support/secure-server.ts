import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request as plainRequest } from "node:http";
import { createServer, request } from "node:https";
import { resolve } from "node:path";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";
import { DOMAIN, makeCertificate } from "./proxy-process";

/** The host name of the server behind TLS. */
const HOST = `bound.${DOMAIN}`;

/** A request that came through the proxy. */
type Passed = { method: string; path: string; headers: IncomingHttpHeaders; status: number | null };

type Told = { status: number; headers: IncomingHttpHeaders; text: string };

/** Its connection breaks, its answer is lost, or it gets this status; null if it does not fail. */
type Failure = "reset" | "lose" | number | null;

/** A server of the build over https. A proxy in front of it adds TLS, and can fail. */
export type SecureServer = {
  url: string;
  host: string;
  /** The hash of the certificate's public key, for Chromium. */
  spki: string;
  passed: Passed[];
  /** The address of a page on another site, with a link to the sessions page. */
  elsewhere: string;
  /** Says how a request fails, after which it goes on. */
  fail: ((path: string) => Failure | Promise<Failure>) | null;
  server: TestServer;
  /** Restarts the server, with further settings. */
  restart(settings?: Record<string, string>): Promise<void>;
  ask(path: string, asked?: Asked): Promise<Told>;
  stop(): Promise<void>;
};

type Asked = { method?: string; headers?: Record<string, string>; body?: string };

/** Starts a server behind TLS, with these settings. `name` is that of its folder. */
export async function startSecureServer(name: string, settings: Record<string, string> = {}): Promise<SecureServer> {
  const folder = resolve(`.test/${name}-${process.env.TEST_PARALLEL_INDEX}`);
  makeCertificate(folder);
  const [key, cert] = [readFileSync(`${folder}/tls.key`), readFileSync(`${folder}/tls.crt`)];
  const [port, own] = [await freePort(), await freePort()];
  const url = `https://${HOST}:${port}`;
  const start = (more: Record<string, string>) =>
    startServer({ PORT: String(own), APP_URL: url, SESSION_TOUCH_INTERVAL: "1s", ...settings, ...more }, name);
  const passed: Passed[] = [];

  const proxy = createServer({ key, cert }, async (incoming, outgoing) => {
    const { method = "", url: path = "", headers } = incoming;
    const one: Passed = { method, path, headers, status: null };
    passed.push(one);
    // Any other host is another site, with a link to this one.
    if (headers.host !== `${HOST}:${port}`) {
      outgoing.writeHead(200, { "Content-Type": "text/html" });
      return void outgoing.end(`<!doctype html><title>Elsewhere</title><a href="${url}/sessions">There</a>`);
    }
    const failure = (await its.fail?.(path)) ?? null;
    if (failure === "reset") return void incoming.socket.destroy();
    if (typeof failure === "number") return void outgoing.writeHead(failure).end();
    const onward = plainRequest({ host: "127.0.0.1", port: own, method, path, headers, agent: false }, (answer) => {
      one.status = answer.statusCode ?? null;
      if (failure === "lose") return void incoming.socket.destroy();
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => proxy.listen(port, "127.0.0.1", done));

  const its: SecureServer = {
    url,
    host: HOST,
    elsewhere: `https://elsewhere.test:${port}/`,
    spki: spkiOf(cert),
    passed,
    fail: null,
    server: await start({}),
    async restart(more = {}) {
      await its.server.stop();
      its.server = await start(more);
    },
    ask: (path, asked) => ask(port, path, asked),
    async stop() {
      proxy.closeAllConnections();
      await new Promise((done) => proxy.close(done));
      await its.server.stop();
    },
  };
  return its;
}

/** The SHA-256 of a certificate's public key, by which Chromium accepts the certificate. */
export function spkiOf(certificate: Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** Sends a request as another program than a browser would. */
function ask(port: number, path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Told> {
  const to = { host: "127.0.0.1", port, path, method, servername: HOST, rejectUnauthorized: false, agent: false };
  return new Promise((tell, fail) => {
    const asked = request({ ...to, headers: { host: `${HOST}:${port}`, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () =>
        tell({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
      );
    });
    asked.on("error", fail);
    asked.end(body);
  });
}
