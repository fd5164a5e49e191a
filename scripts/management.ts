// Tells whoever runs the application how it is: alive, ready, and its figures.
// Nothing of it needs Next.js, a cookie or an origin.

import type { IncomingMessage, ServerResponse } from "node:http";
import { hashLoad } from "@/lib/auth/password";
import { env } from "@/lib/env";
import { isThisMachine } from "@/lib/http/client-address";
import { queueState } from "@/lib/mail/queue";
import { METRICS_TYPE, metricsText } from "@/lib/metrics";
import { countLive } from "@/lib/session/selection";
import { type Lack, lacksOfDatabase } from "./readiness";
import { sharedLook } from "./shared-look";

/** So long, in milliseconds, the database is waited for. */
const PATIENCE = 2000;

/** What was seen of the database is told for so long, in milliseconds: whether it answers, and its figures, which it has to count. */
const READY_KEPT = 1000;
const FIGURES_KEPT = 15_000;

/** Figures are made once for all who ask within so many milliseconds. */
const TEXT_KEPT = 100;

/** The addresses. */
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

  private readonly lacks = sharedLook<Lack[]>(lacksOfDatabase(), {
    keeps: READY_KEPT,
    patience: PATIENCE,
    otherwise: ["database"],
  });

  private readonly figures = sharedLook(countInDatabase, {
    keeps: FIGURES_KEPT,
    patience: PATIENCE,
    otherwise: { sessions: null, mails: null },
  });

  private readonly text = sharedLook(async () => metricsText({ ...(await this.figures()), hashes: hashLoad() }), {
    keeps: TEXT_KEPT,
    patience: 2 * PATIENCE,
    otherwise: "",
  });

  /** From now on this instance says that it is not ready, so that nobody sends it more. */
  drain(): void {
    this.isDraining = true;
  }

  /** Answers on the port that is for this alone, to whoever reaches it. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = managementAddress(request.url);
    send(response, address ? await this.say(address, request.method) : NOT_FOUND);
  }

  /** Answers on the visitors' port: nothing if there is another one for it, and the figures to this machine only. */
  async answerVisitor(address: Address, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (env().MANAGEMENT_PORT) return send(response, NOT_FOUND);
    if (address === "/metrics" && !isThisMachine(request)) return send(response, NOT_FOR_YOU);
    send(response, await this.say(address, request.method));
  }

  private async say(address: Address, method = ""): Promise<Said> {
    if (method !== "GET" && method !== "HEAD") return WRONG_METHOD;

    switch (address) {
      // Whether the database answers is none of its business: to start the process again would not mend that.
      case "/healthz":
        return json(200, { status: "alive" });
      case "/readyz": {
        const why: Lack[] = [...(this.isDraining ? ["draining" as const] : []), ...(await this.lacks())];
        return why.length === 0 ? json(200, { status: "ready" }) : json(503, { status: "not ready", why });
      }
      case "/metrics":
        return { status: 200, text: await this.text(), type: METRICS_TYPE };
    }
  }
}

/** Which of the addresses this is, whatever its query; null for any other. */
export function managementAddress(url = ""): Address | null {
  return MANAGEMENT.find((address) => address === url.split("?", 1)[0]) ?? null;
}

/** What only the database knows; null where it does not answer. */
async function countInDatabase() {
  const [sessions, mails] = await Promise.all([
    countLive().catch(() => null),
    queueState().then(
      ({ waiting }) => waiting,
      () => null,
    ),
  ]);
  return { sessions, mails };
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
