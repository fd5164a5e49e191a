"use server";

import { redirect } from "next/navigation";
import { wrongCode } from "@/app/(auth)/login/verify/wrong-code";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { confirmCode, confirmPassword } from "@/lib/auth/reauthenticate";
import { ANYTHING, CODE, PASSWORD, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { requireConfirmable, requireSession } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type ConfirmState = FormState<"password" | "code"> & { isConfirmed?: boolean };

/**
 * Confirms the user's identity by a code, if one was entered, or by the password. With `next` it redirects there;
 * without, the dialog that called it continues.
 */
export async function confirm(_previous: ConfirmState, form: FormData): Promise<ConfirmState> {
  const found = await requireConfirmable();
  const { t } = words();
  const isCode = parseFields(form, { code: ANYTHING }).typed.code.trim() !== "";
  const rules = { password: isCode ? ANYTHING : PASSWORD, code: isCode ? CODE : ANYTHING, next: ANYTHING };
  const parsed = parseFields(form, rules);
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const { password, code, next } = parsed.fields;
  const outcome = isCode ? await confirmCode(found, code) : await confirmPassword(found, password);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "wrong-password") return { errors: { password: t("confirmPage.wrong") } };
  if (outcome.state === "needs-code") return { errors: { code: t("bindingPage.codeNeeded") } };
  if (outcome.state === "wrong-code") return { errors: { code: wrongCode(code, t) } };
  if (outcome.state === "stopped") return { errors: { form: t("verifyPage.stopped") } };
  if (!next) return { isConfirmed: true };

  redirect(nextAddress(next));
}

/** Confirms a second factor, which an application behind demands. Only a code will do. */
export async function confirmSecondFactor(_previous: ConfirmState, form: FormData): Promise<ConfirmState> {
  await requireSession();
  const parsed = parseFields(form, { code: CODE });
  return "errors" in parsed ? { errors: inWords(parsed.errors) } : confirm({}, form);
}
