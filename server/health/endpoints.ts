// Serves /healthz, /readyz and /metrics to operators. They need neither Next.js nor a
// cookie nor an origin.

import type { IncomingMessage, ServerResponse } from "node:http";
import { env, isLoopback } from "@/lib/env";
import { isThisMachine } from "@/lib/http/client-address";
import { readTarget } from "@/lib/http/target";
import { METRICS_TYPE } from "@/lib/metrics";
import { limitsOfStore } from "@/lib/session/store/limits";
import { listen, serverOf } from "@/server/listen";
import type { NotReadyReason } from "./readiness";
import { sharedProbe } from "./shared-probe";
import type { HealthStatus } from "./status";

/** How long metrics are reused for other requests, and how long a request waits for them, in milliseconds. */
const TEXT_KEPT = 100;
const TEXT_PATIENCE = 4000;

/** The paths for operators. */
export const MANAGEMENT = ["/healthz", "/readyz", "/metrics"] as const;

type Address = (typeof MANAGEMENT)[number];

type Said = { status: number; text: string; type?: string };

const NOT_FOUND: Said = { status: 404, text: "There is nothing at this address.\n" };
const WRONG_METHOD: Said = { status: 405, text: "That cannot be done with this address.\n" };
const NOT_FOR_YOU: Said = {
  status: 403,
  text: "The figures are for this machine only. To read them from elsewhere, set MANAGEMENT_PORT.\n",
};

export class Management {
  private isDraining = false;

  private readonly text: () => Promise<string>;

  constructor(private readonly status: HealthStatus) {
    this.text = sharedProbe(() => status.text(), { keeps: TEXT_KEPT, patience: TEXT_PATIENCE, otherwise: "" });
  }

  /** Reports "not ready" from now on, so that load balancers send no more requests. */
  drain(): void {
    this.isDraining = true;
  }

  /** Responds on `MANAGEMENT_PORT`, to every client that can reach it. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = managementAddress(readTarget(request.url ?? "")?.path);
    send(response, address ? await this.say(address, { method: request.method, isOperator: true }) : NOT_FOUND);
  }

  /** Responds on `PORT`: with 404 if `MANAGEMENT_PORT` is set, and with metrics and warnings to this machine only. */
  async answerVisitor(address: Address, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (env().MANAGEMENT_PORT) return send(response, NOT_FOUND);
    const isOperator = isThisMachine(request);
    if (address === "/metrics" && !isOperator) return send(response, NOT_FOR_YOU);
    send(response, await this.say(address, { method: request.method, isOperator }));
  }

  private async say(
    address: Address,
    { method = "", isOperator }: { method?: string; isOperator: boolean },
  ): Promise<Said> {
    if (method !== "GET" && method !== "HEAD") return WRONG_METHOD;

    switch (address) {
      // Independent of the database: a restart would not bring it back.
      case "/healthz":
        return json(200, { status: "alive" });
      case "/readyz": {
        const why: NotReadyReason[] = [
          ...(this.isDraining ? ["draining" as const] : []),
          ...(await this.status.lacks()),
        ];
        if (why.length > 0) return json(503, { status: "not ready", why });
        const limits = limitsOfStore(env());
        const warnings = isOperator ? await this.status.warnings() : [];
        return json(200, { status: "ready", ...(limits && { limits }), ...(warnings.length > 0 && { warnings }) });
      }
      case "/metrics":
        return { status: 200, text: await this.text(), type: METRICS_TYPE };
    }
  }
}

/** The operators' path that this path equals, or null. */
export function managementAddress(path = ""): Address | null {
  return MANAGEMENT.find((address) => address === path) ?? null;
}

/** Serves on `MANAGEMENT_PORT`, if it is set. Returns a function that stops it. Throws a UserError when the port is not available. */
export async function serveManagement(management: Management): Promise<() => void> {
  const { MANAGEMENT_PORT, APP_URL } = env();
  const server = serverOf((request, response) => management.answer(request, response));
  const host = isLoopback(APP_URL.hostname) ? { host: "127.0.0.1" } : {};
  if (MANAGEMENT_PORT) await listen(server, { port: MANAGEMENT_PORT, ...host });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function json(status: number, content: object): Said {
  return { status, text: `${JSON.stringify(content)}\n`, type: "application/json" };
}

function send(response: ServerResponse, { status, text, type = "text/plain; charset=utf-8" }: Said): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...(status === 405 && { Allow: "GET, HEAD" }),
  });
  response.end(text);
}
