import { problemFor } from "@/app/api/problem-for";
import type { Answers } from "@/app/api/schema";
import { findNotices } from "@/lib/ledger/notices";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";

/** The user's security notices, for open pages. A request does not count as use. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  if (answer.state !== "valid") return problemFor(answer);
  const told: Answers["/api/notices"] = await findNotices(answer, words());
  return Response.json(told);
}
