// Logs each request once it is finished, and records its duration in the metrics.

import type { IncomingMessage, ServerResponse } from "node:http";
import { log } from "@/lib/log";
import { metrics } from "@/lib/metrics";
import type { RequestContext } from "@/lib/request-context";
import { STREAM } from "@/lib/session/event-stream";
import { managementAddress } from "@/server/health/endpoints";

/** The maximum length of a logged path, in characters. */
const LONGEST_PATH = 200;

/** The methods with their own label. All others are counted as "other". */
const METHODS = ["GET", "HEAD", "POST"];

type Observe = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => void;

/** Returns a function that logs and measures a request. `routeOf` names the route of a path. */
export function observeWith(routeOf: (path: string) => string): Observe {
  return ({ method = "" }, response, { requestId, address, path }) => {
    const started = performance.now();

    response.once("close", () => {
      const duration = performance.now() - started;
      const status = response.headersSent ? response.statusCode : null;
      // A proxy checks every request to an application, and pages may poll: allowed ones are logged at debug.
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
      // The lifetime of a stream says nothing about the server's speed.
      if (path === STREAM) return;
      metrics().requestDuration.observe(
        { method: METHODS.includes(method) ? method : "other", route: routeOf(path), status: status ?? "none" },
        duration / 1000,
      );
    });
  };
}
