import type { Answer } from "@/lib/api/problem";
import type { Answers, Unsent } from "@/lib/api/schema";
import { requestedSession } from "@/lib/session/status";
import { type Asked, json } from "./asked";
import { problemFor } from "./problem-for";

/** The user and the session of this cookie. A request does not count as use: it keeps no session alive. */
export async function session({ context, token }: Asked): Promise<Answer> {
  const found = await requestedSession(context, token);
  if (found.state !== "valid") return problemFor(found);
  const { user, session, now } = found;
  return json({ user, session, now } satisfies Unsent<Answers["/api/session"]>);
}
