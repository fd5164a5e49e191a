import { problemFor } from "@/app/api/problem-for";
import { findNotices } from "@/lib/ledger/notices";
import { currentSession } from "@/lib/session/current";

/** What the owner of an account should know of, for pages that are open. Asking is not use. */
export async function GET(): Promise<Response> {
  const answer = await currentSession();
  return answer.state === "valid" ? Response.json(await findNotices(answer)) : problemFor(answer);
}
