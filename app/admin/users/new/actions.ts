"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { EMAIL, NAME, NOTE, parseFields, ROLE } from "@/lib/forms/fields";
import { currentClient, requireRole, sayingOnce } from "@/lib/session/current";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import { createAccount } from "@/lib/users/administration";
import type { Role } from "@/lib/users/store";
import { words } from "@/lib/words";

type Typed = { email: string; name: string; role: string; note: string };

export type NewUserState = FormState<keyof Typed> & { typed?: Typed };

/** Creates an account, and sends its owner a link to choose the password. */
export async function createUser(_previous: NewUserState, form: FormData): Promise<NewUserState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { email: EMAIL, name: NAME, role: ROLE, note: NOTE });
  const { typed } = parsed;
  if ("errors" in parsed) return { typed, errors: inWords(parsed.errors) };
  if (!(await hasRecentAuthentication(found))) return { typed, needs: "reauthentication" };

  const { email, name, role, note } = parsed.fields;
  const action = { userId: found.user.id, note, ...(await currentClient()) };
  const outcome = await orTryLater(() => createAccount({ email, name, role: role as Role }, { invite: true }, action));
  if (isTryLater(outcome)) return { typed, tryLater: outcome };
  if (outcome.state === "taken") return { typed, errors: { email: words().t("adminActions.taken") } };

  redirect(await sayingOnce(`/admin/users/${outcome.id}`, "created"));
}
