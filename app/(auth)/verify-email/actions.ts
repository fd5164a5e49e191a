"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { confirmEmailChange } from "@/lib/auth/account";
import { confirmSignUp } from "@/lib/auth/sign-up";
import { ANYTHING, PASSWORD, parseFields, TOKEN } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { keepsNoCookies, requireSession, sayingOnce } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type VerifyState = FormState<"password" | "token"> & { isSpent?: boolean };

/** Creates the account, for a visitor who knows the password entered at sign-up. */
export async function finishSignUp(_previous: VerifyState, form: FormData): Promise<VerifyState> {
  const { t } = words();
  const parsed = parseFields(form, { token: TOKEN, password: PASSWORD, next: ANYTHING });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };
  if (await keepsNoCookies()) return { errors: { form: t("loginPage.noCookies") } };

  const outcome = await confirmSignUp(parsed.fields.token, parsed.fields.password);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "spent") return { isSpent: true };
  if (outcome.state === "wrong-password") return { errors: { password: t("authActions.wrongPassword") } };

  redirect(nextAddress(parsed.fields.next));
}

/** Changes the account's email address, for its logged-in user. */
export async function finishEmailChange(_previous: VerifyState, form: FormData): Promise<VerifyState> {
  const found = await requireSession();
  const parsed = parseFields(form, { token: TOKEN });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await confirmEmailChange(parsed.fields.token, found);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "spent") return { isSpent: true };

  redirect(await sayingOnce("/account", "email-changed"));
}
