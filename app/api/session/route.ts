import { problemFor } from "@/app/api/problem-for";
import type { Answers, Unsent } from "@/app/api/schema";
import { currentSession } from "@/lib/session/current";

/** The user and the session of this cookie. A request does not count as use: it keeps no session alive. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  if (answer.state !== "valid") return problemFor(answer);
  const { user, session, now } = answer;
  const told: Unsent<Answers["/api/session"]> = { user, session, now };
  return Response.json(told);
}
