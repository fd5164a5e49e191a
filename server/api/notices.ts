import type { Answer } from "@/lib/api/problem";
import type { Answers } from "@/lib/api/schema";
import { findNotices } from "@/lib/ledger/notices";
import { requestedSession } from "@/lib/session/status";
import { words } from "@/lib/words";
import { type Asked, json } from "./asked";
import { problemFor } from "./problem-for";

/** The user's security notices, for open pages. A request does not count as use. */
export async function notices({ context, token }: Asked): Promise<Answer> {
  const found = await requestedSession(context, token);
  if (found.state !== "valid") return problemFor(found);
  return json((await findNotices(found, words())) satisfies Answers["/api/notices"]);
}
