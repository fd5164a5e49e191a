import { problemFor } from "@/app/api/problem-for";
import type { Answers } from "@/app/api/schema";
import { findNotices } from "@/lib/ledger/notices";
import { currentSession } from "@/lib/session/current";

/** What the owner of an account should know of, for pages that are open. Asking is not use. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  if (answer.state !== "valid") return problemFor(answer);
  const told: Answers["/api/notices"] = await findNotices(answer);
  return Response.json(told);
}
