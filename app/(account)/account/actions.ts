"use server";

import { refresh } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import * as account from "@/lib/auth/account";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { EMAIL, NAME, PASSWORD, parseFields, type Rule } from "@/lib/forms/fields";
import { PROBLEMS } from "@/lib/password/problems";
import { requireSession, sayingOnce } from "@/lib/session/current";
import { isolated } from "@/lib/text/isolated";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** The state returned to a form: its errors, or what was done. A password is never returned. */
export type AccountState = FormState<"name" | "email" | "password" | "current" | "word"> & {
  name?: string;
  email?: string;
};

/** The word that users type to delete their account. No browser fills it in. */
const DELETE: Rule = {
  accept: (text) => (text.trim().toLowerCase() === "delete" ? "delete" : null),
  message: () => ["fields.word"],
};

export async function changeName(_previous: AccountState, form: FormData): Promise<AccountState> {
  const found = await requireSession();
  const parsed = parseFields(form, { name: NAME });
  const { name } = parsed.typed;
  if ("errors" in parsed) return { name, errors: inWords(parsed.errors) };

  const outcome = await account.changeName(found, parsed.fields.name);
  if (isTryLater(outcome)) return { name, tryLater: outcome };
  refresh();
  return { name: parsed.fields.name, done: words().t("accountActions.nameChanged") };
}

export async function changeEmail(_previous: AccountState, form: FormData): Promise<AccountState> {
  const found = await requireSession();
  const parsed = parseFields(form, { email: EMAIL });
  const { email } = parsed.typed;
  if ("errors" in parsed) return { email, errors: inWords(parsed.errors) };
  if (parsed.fields.email === found.user.email)
    return { email, errors: { email: words().t("accountActions.sameEmail") } };

  if (!(await hasRecentAuthentication(found))) return { email, needs: "reauthentication" };

  const wanted = parsed.fields.email;
  const outcome = await account.requestEmailChange(found, wanted);
  if (isTryLater(outcome)) return { email, tryLater: outcome };
  refresh();
  return { done: words().t("accountActions.emailSent", { email: isolated(wanted) }) };
}

/** Sends the email to the new address again. */
export async function resendEmailChange(form: FormData): Promise<AccountState> {
  return changeEmail({}, form);
}

export async function cancelEmailChange(): Promise<AccountState> {
  const found = await requireSession();
  const outcome = await account.cancelEmailChange(found);
  if (isTryLater(outcome)) return { tryLater: outcome };

  refresh();
  return { done: words().t("accountActions.emailKept") };
}

export async function changePassword(_previous: AccountState, form: FormData): Promise<AccountState> {
  const found = await requireSession();
  const parsed = parseFields(form, { current: PASSWORD, password: PASSWORD });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const { current, password } = parsed.fields;
  const outcome = await account.changePassword(found, { current, next: password });
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "wrong-password") return { errors: { current: words().t("accountActions.wrongPassword") } };
  if (outcome.state === "weak") return { errors: { password: words().say(PROBLEMS[outcome.why]) } };
  return { done: words().t("accountActions.passwordChanged", { count: outcome.ended }) };
}

export async function deleteAccount(_previous: AccountState, form: FormData): Promise<AccountState> {
  const found = await requireSession();
  const parsed = parseFields(form, { current: PASSWORD, word: DELETE });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await account.deleteAccount(found, parsed.fields.current);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "wrong-password") return { errors: { current: words().t("accountActions.wrongPassword") } };
  if (outcome.state === "last-administrator")
    return { errors: { form: words().t("accountActions.lastAdministrator") } };

  redirect(await sayingOnce("/login", "account-deleted"));
}
