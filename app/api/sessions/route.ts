import { problemFor } from "@/app/api/problem-for";
import type { Answers } from "@/app/api/schema";
import { currentSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";

/** All sessions of the user, for open pages. A request does not count as use. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  if (answer.state !== "valid") return problemFor(answer);
  const told: Answers["/api/sessions"] = await showSessions(answer);
  return Response.json(told);
}
