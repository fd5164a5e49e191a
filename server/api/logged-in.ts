import type { Answer } from "@/lib/api/problem";
import { mustEnrol } from "@/lib/session/policy";
import { requestedSession, type SessionStatus } from "@/lib/session/status";
import type { Asked } from "./asked";
import { ENROL_FIRST, problemFor } from "./problem-for";

type LoggedIn = Extract<SessionStatus, { state: "valid" }>;

/** A route for logged-in users: others get a 401, users who must add a second factor a 403, and everybody a 503 in an outage. It does not count as use. */
export function forLoggedIn(answer: (found: LoggedIn, asked: Asked) => Answer | Promise<Answer>) {
  return async (asked: Asked): Promise<Answer> => {
    const found = await requestedSession(asked.context, asked.token);
    if (found.state !== "valid") return problemFor(found);
    return mustEnrol(found) ? ENROL_FIRST : answer(found, asked);
  };
}
