import type { Answers } from "@/lib/api/schema";
import { showPasskeys } from "@/lib/auth/passkeys/show";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** The user's passkeys. A request does not count as use. */
export const passkeys = forLoggedIn(async (found) => {
  return json((await showPasskeys(found)) satisfies Answers["/api/passkeys"]);
});
