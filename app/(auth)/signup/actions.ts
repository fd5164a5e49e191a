"use server";

import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { signUp, signUpPolicy } from "@/lib/auth/sign-up";
import { ANYTHING, EMAIL, NAME, PASSWORD, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { PROBLEMS } from "@/lib/password/problems";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** The state returned to the form, or the address of the email that was sent. The password is never returned. */
export type SignUpState = FormState<"name" | "email" | "password"> & { name?: string; email?: string; sentTo?: string };

export async function requestAccount(_previous: SignUpState, form: FormData): Promise<SignUpState> {
  const parsed = parseFields(form, { name: NAME, email: EMAIL, password: PASSWORD, next: ANYTHING });
  const { name, email } = parsed.typed;
  if ("errors" in parsed) return { name, email, errors: inWords(parsed.errors) };

  const outcome = await signUp({ ...parsed.fields, next: nextAddress(parsed.fields.next) });
  if (isTryLater(outcome)) return { name, email, tryLater: outcome };
  switch (outcome.state) {
    case "weak":
      return { name, email, errors: { password: words().say(PROBLEMS[outcome.why]) } };
    case "closed":
      return { name, email, errors: { email: closedTo() } };
    case "sent":
      return { sentTo: parsed.fields.email };
  }
}

function closedTo(): string {
  const policy = signUpPolicy();
  const { t } = words();
  if (policy.state === "domain") return t("authActions.domainOnly", { domain: policy.domain });
  return t("authActions.closed");
}
