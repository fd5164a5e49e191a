import { type Answer, problem } from "@/lib/api/problem";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { ENGLISH } from "@/lib/words";

export const OUTAGE = problem(
  503,
  "Unavailable",
  "The database does not answer. Whether the session is valid is not known.",
);

/** The problem+json response to an API request without a valid session. */
export function problemFor(status: Exclude<SessionStatus, { state: "valid" }>): Answer {
  switch (status.state) {
    case "ended":
      // Only a client with the session's token can get here, so it may know the reason.
      return problem(401, "Not logged in", explain(status, ENGLISH), {
        reason: status.reason,
        endedAt: status.at,
        ...(status.detail && { lifetime: Number(status.detail) }),
      });
    case "signed-out":
      return problem(401, "Not logged in", "There is no valid session with this request.");
    case "unavailable":
      return OUTAGE;
  }
}
