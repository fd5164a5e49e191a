import { problemFor } from "@/app/api/problem-for";
import { currentSession } from "@/lib/session/current";

/** Who is signed in with this cookie, for other software. Asking is not use: it keeps no session alive. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  if (answer.state !== "valid") return problemFor(answer);
  return Response.json({ user: answer.user, session: answer.session, now: answer.now });
}
