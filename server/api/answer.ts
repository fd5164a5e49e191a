// Responds to software. Next.js takes no part in it: it would multiply the cost of a response.

import type { ServerResponse } from "node:http";
import { type Answer, problem } from "@/lib/api/problem";
import { isOutage } from "@/lib/db";
import { log } from "@/lib/log";
import { rejectionProblem } from "@/server/request/reject";
import { bringRotation } from "@/server/request/rotation";
import type { Asked } from "./asked";
import { OUTAGE } from "./problem-for";
import { POSTS, ROUTES } from "./routes";

/** Responds to a request for an address below /api. */
export async function answerSoftware(asked: Asked, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await answerTo(asked);
  const { retryAfter } = asked.context;
  bringRotation(response, asked.context);
  response.writeHead(status, {
    "Cache-Control": "no-store",
    ...headers,
    ...(retryAfter && { "Retry-After": retryAfter }),
    ...(status !== 204 && { "Content-Length": Buffer.byteLength(body) }),
  });
  response.end(body);
}

async function answerTo(asked: Asked): Promise<Answer> {
  const { method, path } = asked.context;
  if (!ROUTES[path]) return problem(404, "Not found", "There is nothing at this address.");
  const route = (method === "POST" ? POSTS : ROUTES)[path];
  if (!route) return rejectionProblem(405, { Allow: "GET, HEAD" });

  try {
    const answer = await route(asked);
    // An outage stays one, even if the route has caught its error.
    return asked.context.status === 503 && answer.status !== 503 ? OUTAGE : answer;
  } catch (error) {
    if (isOutage(error)) return OUTAGE;
    log().error({ err: error }, "A request failed");
    return rejectionProblem(500);
  }
}
