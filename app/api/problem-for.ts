import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { ENGLISH } from "@/lib/words";
import { problem } from "./problem";

/** What software that is not signed in is told. */
export function problemFor(answer: Exclude<SessionStatus, { state: "valid" }>): Response {
  switch (answer.state) {
    case "ended":
      // Why is told to who brings the session's token, and to nobody else.
      return problem(401, "Not signed in", explain(answer, ENGLISH), { reason: answer.reason, endedAt: answer.at });
    case "signed-out":
      return problem(401, "Not signed in", "There is no valid session with this request.");
    case "unavailable":
      return problem(503, "Unavailable", "The database does not answer. Whether the session is valid is not known.");
  }
}
