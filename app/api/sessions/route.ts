import { problemFor } from "@/app/api/problem-for";
import { currentSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";

/** The sessions of who asks, for pages that are open. Asking is not use. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  return answer.state === "valid" ? Response.json(await showSessions(answer)) : problemFor(answer);
}
