import { problem } from "@/lib/api/problem";
import type { Answers } from "@/lib/api/schema";
import { HANDLE } from "@/lib/forms/fields";
import { receiptKey } from "@/lib/session/events";
import { openPages } from "@/lib/session/open-pages";
import { json, parametersOf } from "./asked";
import { forLoggedIn } from "./logged-in";

/** Waits a few seconds for the pages of sessions that the user ended to confirm that they are blank. */
export const receipt = forLoggedIn(async (found, asked) => {
  const id = HANDLE.accept(parametersOf(asked).get("id") ?? "");
  if (id === null) return problem(400, "Invalid receipt", "The id of the receipt is not a UUID.");
  return json((await openPages().receipt(receiptKey(found.user.id, id))) satisfies Answers["/api/receipt"]);
});
