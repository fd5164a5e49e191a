import type { Problem, Unsent } from "./schema";

/** How the client's session ended, if the response says so. */
type Ending = Pick<Unsent<Problem>, "reason" | "endedAt" | "lifetime">;

/** An error as problem+json (RFC 9457). `title` names the kind of problem, `detail` says what happened. */
export function problem(status: number, title: string, detail: string, ending: Ending = {}): Response {
  const headers = { "Content-Type": "application/problem+json" };
  const told: Unsent<Problem> = { status, title, detail, ...ending };
  return Response.json(told, { status, headers });
}
