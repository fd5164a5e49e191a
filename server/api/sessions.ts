import type { Answers } from "@/lib/api/schema";
import { showSessions } from "@/lib/session/session-view";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** All sessions of the user, for open pages. A request does not count as use. */
export const sessions = forLoggedIn(async (found) => {
  return json((await showSessions(found)) satisfies Answers["/api/sessions"]);
});
