import type { Answers } from "@/lib/api/schema";
import { showRecovery } from "@/lib/users/recoveries";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** Whether a recovery of the user's second factor is under way, for open pages. A request does not count as use. */
export const recovery = forLoggedIn(async ({ user }) => {
  return json({ recovery: await showRecovery(user.id) } satisfies Answers["/api/recovery"]);
});
