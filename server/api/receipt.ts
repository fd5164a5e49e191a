import { type Answer, problem } from "@/lib/api/problem";
import type { Answers } from "@/lib/api/schema";
import { HANDLE } from "@/lib/forms/fields";
import { receiptKey } from "@/lib/session/events";
import { openPages } from "@/lib/session/open-pages";
import { requestedSession } from "@/lib/session/status";
import { type Asked, json, parametersOf } from "./asked";
import { problemFor } from "./problem-for";

/** Waits a few seconds for the pages of sessions that the user ended to confirm that they are blank. */
export async function receipt(asked: Asked): Promise<Answer> {
  const found = await requestedSession(asked.context, asked.token);
  if (found.state !== "valid") return problemFor(found);
  const id = HANDLE.accept(parametersOf(asked).get("id") ?? "");
  if (id === null) return problem(400, "Invalid receipt", "The id of the receipt is not a UUID.");
  return json((await openPages().receipt(receiptKey(found.user.id, id))) satisfies Answers["/api/receipt"]);
}
