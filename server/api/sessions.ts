import type { Answer } from "@/lib/api/problem";
import type { Answers } from "@/lib/api/schema";
import { showSessions } from "@/lib/session/session-view";
import { requestedSession } from "@/lib/session/status";
import { type Asked, json } from "./asked";
import { problemFor } from "./problem-for";

/** All sessions of the user, for open pages. A request does not count as use. */
export async function sessions({ context, token }: Asked): Promise<Answer> {
  const found = await requestedSession(context, token);
  if (found.state !== "valid") return problemFor(found);
  return json((await showSessions(found)) satisfies Answers["/api/sessions"]);
}
