import { problem } from "@/app/api/problem";
import { currentSession } from "@/lib/session/current";

/** Who is signed in with this cookie, for other software. Asking is not use: it keeps no session alive. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();

  switch (answer.state) {
    case "valid":
      return Response.json({ user: answer.user, session: answer.session });
    case "ended":
    case "signed-out":
      return problem(401, "Not signed in", "There is no valid session with this request.");
    case "unavailable":
      return problem(503, "Unavailable", "The database does not answer. Whether the session is valid is not known.");
  }
}
