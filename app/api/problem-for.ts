import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { ENGLISH } from "@/lib/words";
import { problem } from "./problem";

/** The problem+json response to an API request without a valid session. */
export function problemFor(answer: Exclude<SessionStatus, { state: "valid" }>): Response {
  switch (answer.state) {
    case "ended":
      // Only a client with the session's token can get here, so it may know the reason.
      return problem(401, "Not logged in", explain(answer, ENGLISH), {
        reason: answer.reason,
        endedAt: answer.at,
        ...(answer.detail && { lifetime: Number(answer.detail) }),
      });
    case "signed-out":
      return problem(401, "Not logged in", "There is no valid session with this request.");
    case "unavailable":
      return problem(503, "Unavailable", "The database does not answer. Whether the session is valid is not known.");
  }
}
