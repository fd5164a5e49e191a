import type { Answer } from "@/lib/api/problem";
import { requestedSession, type SessionStatus } from "@/lib/session/status";
import type { Asked } from "./asked";
import { problemFor } from "./problem-for";

type LoggedIn = Extract<SessionStatus, { state: "valid" }>;

/** A route for logged-in users: others get a 401, and everybody gets a 503 in an outage. It does not count as use. */
export function forLoggedIn(answer: (found: LoggedIn, asked: Asked) => Answer | Promise<Answer>) {
  return async (asked: Asked): Promise<Answer> => {
    const found = await requestedSession(asked.context, asked.token);
    return found.state === "valid" ? answer(found, asked) : problemFor(found);
  };
}
