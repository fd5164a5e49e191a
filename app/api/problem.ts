import type { Problem, Unsent } from "./schema";

/** How the session of who asks ended, where that is told. */
type Ending = Pick<Unsent<Problem>, "reason" | "endedAt">;

/** An error for software to read (RFC 9457). `title` says what kind it is, `detail` what happened here. */
export function problem(status: number, title: string, detail: string, ending: Ending = {}): Response {
  const headers = { "Content-Type": "application/problem+json" };
  const told: Unsent<Problem> = { status, title, detail, ...ending };
  return Response.json(told, { status, headers });
}
