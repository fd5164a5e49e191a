"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { confirmPassword } from "@/lib/auth/reauthenticate";
import { ANYTHING, PASSWORD, parseFields } from "@/lib/forms/fields";
import { nextPage } from "@/lib/http/return-path";
import { requireSession } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type ConfirmState = FormState<"password"> & { isConfirmed?: boolean };

/** Confirms the user's password. With `next` it redirects there; without, the dialog that called it continues. */
export async function confirm(_previous: ConfirmState, form: FormData): Promise<ConfirmState> {
  const found = await requireSession();
  const parsed = parseFields(form, { password: PASSWORD, next: ANYTHING });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await confirmPassword(found, parsed.fields.password);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "wrong-password") return { errors: { password: words().t("confirmPage.wrong") } };
  if (!parsed.fields.next) return { isConfirmed: true };

  redirect(nextPage(parsed.fields.next));
}
