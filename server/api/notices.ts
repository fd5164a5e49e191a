import type { Answers } from "@/lib/api/schema";
import { findNotices } from "@/lib/ledger/notices";
import { words } from "@/lib/words";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** The user's security notices, for open pages. A request does not count as use. */
export const notices = forLoggedIn(async (found) => {
  return json((await findNotices(found, words())) satisfies Answers["/api/notices"]);
});
