import { type Answer, problem } from "@/lib/api/problem";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import { ENGLISH } from "@/lib/words";

export const OUTAGE = problem(
  503,
  "Unavailable",
  "The database does not answer. Whether the session is valid is not known.",
);

/** The response to a user who must add a second factor before anything else: see `SECOND_FACTOR`. */
export const ENROL_FIRST = problem(
  403,
  "Second factor required",
  "You are logged in, but have to add a second factor first, on the page /account/security.",
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
    case "unproven":
      return problem(401, "Not logged in", "This client did not show that it has the key of this session.", {
        reason: "unproven",
      });
    case "signed-out":
      return problem(401, "Not logged in", "There is no valid session with this request.");
    case "unavailable":
      return OUTAGE;
  }
}
