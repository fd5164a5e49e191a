import { PROBLEM_HEADERS } from "@/lib/http/plain-page";
import type { Problem, Unsent } from "./schema";

/** A response of the API, before anything sends it. */
export type Answer = { status: number; headers: Record<string, string>; body: string };

/** How the client's session ended, if the response says so. */
type Ending = Pick<Unsent<Problem>, "reason" | "endedAt" | "lifetime">;

/** An error as problem+json (RFC 9457). `title` names the kind of problem, `detail` says what happened. */
export function problem(status: number, title: string, detail: string, ending: Ending = {}): Answer {
  const told: Unsent<Problem> = { status, title, detail, ...ending };
  return { status, headers: PROBLEM_HEADERS, body: JSON.stringify(told) };
}

/** The same error as the response of a route of Next.js. */
export function problemResponse(...told: Parameters<typeof problem>): Response {
  const { body, ...head } = problem(...told);
  return new Response(body, head);
}
