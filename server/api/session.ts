import type { Answers, Unsent } from "@/lib/api/schema";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** The user and the session of this cookie. A request does not count as use: it keeps no session alive. */
export const session = forLoggedIn((found) => {
  const { user, session, now } = found;
  return json({ user, session, now } satisfies Unsent<Answers["/api/session"]>);
});
