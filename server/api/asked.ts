import type { IncomingMessage } from "node:http";
import type { Answer } from "@/lib/api/problem";
import type { RequestContext } from "@/lib/request-context";

/** A request to the API. `token` is the content of its session cookie; null without one that unseals. */
export type Asked = { request: IncomingMessage; context: RequestContext; token: string | null };

/** The query parameters of a request. */
export function parametersOf({ context }: Asked): URLSearchParams {
  const [, query] = context.url.split("?");
  return new URLSearchParams(query);
}

/** The successful response with this content. */
export function json(content: object): Answer {
  return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
}
