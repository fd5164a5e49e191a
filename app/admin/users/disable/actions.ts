"use server";

import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { ANYTHING, NOTE, parseFields, USER_IDS } from "@/lib/forms/fields";
import { currentClient, requireRole } from "@/lib/session/current";
import { digitsOf } from "@/lib/text/digits";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import { disableUsers } from "@/lib/users/administration";
import { words } from "@/lib/words";

export type DisableState = FormState<"users" | "note" | "number"> & { note?: string };

/** Disables several accounts. For more than one, the administrator types their number. */
export async function disableSelected(_previous: DisableState, form: FormData): Promise<DisableState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { users: USER_IDS, number: ANYTHING, note: NOTE });
  const { note } = parsed.typed;
  if ("errors" in parsed) {
    const { users, ...errors } = inWords(parsed.errors);
    return { note, errors: { form: users, ...errors } };
  }
  const { users, number, note: reason } = parsed.fields;
  const [ids, { t }] = [users.split(" "), words()];
  if (ids.length > 1 && digitsOf(number) !== String(ids.length))
    return { note, errors: { number: t("adminActions.notTheNumber") } };
  if (!(await hasRecentAuthentication(found))) return { note, needs: "reauthentication" };

  const action = { userId: found.user.id, note: reason, ...(await currentClient()) };
  const outcome = await orTryLater(async () => ({ state: "done" as const, ...(await disableUsers(ids, action)) }));
  if (isTryLater(outcome)) return { note, tryLater: outcome };

  refresh();
  return { done: t("adminActions.disabled", { count: outcome.disabled, kept: outcome.kept }) };
}
