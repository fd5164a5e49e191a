// Logs each request once it is finished, and records its duration in the metrics.

import type { IncomingMessage, ServerResponse } from "node:http";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import type { RequestContext } from "@/lib/request-context";
import { STREAM } from "@/lib/session/event-stream";
import { managementAddress } from "@/server/health/endpoints";

/** The maximum length of a logged path, in characters. */
const LONGEST_PATH = 200;

/** The methods that have a label of their own; any other is "other". */
const METHODS = ["GET", "HEAD", "POST"];

type Observe = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => void;

/** Returns what observes a request. `routeOf` names the route of a path. */
export function observeWith(routeOf: (path: string) => string): Observe {
  return ({ method = "" }, response, { requestId, address, path }) => {
    const started = performance.now();

    response.once("close", () => {
      const duration = performance.now() - started;
      const status = response.headersSent ? response.statusCode : null;
      // A proxy asks for each request to an application, which may poll: allowed ones are logged at debug.
      const isLetIn = path === "/api/verify" && status === 200;
      const isQuiet = isLetIn || routeOf(path) === "files" || managementAddress(path) !== null;
      log()[isQuiet ? "debug" : "info"](
        {
          requestId,
          method,
          path: path.slice(0, LONGEST_PATH),
          status,
          durationMs: Math.round(duration * 10) / 10,
          address,
          ...(!response.writableFinished && { isCutOff: true }),
        },
        "answered",
      );
      // How long a stream was open says nothing about the server.
      if (path === STREAM) return;
      metrics().requestDuration.observe(
        { method: METHODS.includes(method) ? method : "other", route: routeOf(path), status: status ?? "none" },
        duration / 1000,
      );
    });
  };
}
