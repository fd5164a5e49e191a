"use server";

import { redirect } from "next/navigation";
import type { LoginState } from "@/app/(auth)/login/actions";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { takeSecondStep } from "@/lib/auth/second-factor/second-step";
import { ANYTHING, CODE, parseFields } from "@/lib/forms/fields";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { sayingOnce } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type VerifyState = FormState<"code"> & Pick<LoginState, "choice" | "publicComputer"> & { isTrusted?: boolean };

/** Takes the second step of a log-in, with a code. */
export async function verify(_previous: VerifyState, form: FormData): Promise<VerifyState> {
  const { t } = words();
  const parsed = parseFields(form, { code: CODE, trust: ANYTHING, next: ANYTHING });
  const isTrusted = parsed.typed.trust === "on";
  const next = nextAddress(parsed.typed.next);
  if ("errors" in parsed) return { isTrusted, errors: inWords(parsed.errors) };

  const outcome = await takeSecondStep(parsed.fields.code, { trust: isTrusted });
  if (isTryLater(outcome)) return { isTrusted, tryLater: outcome };
  switch (outcome.state) {
    case "wrong-code":
      return { isTrusted, errors: { code: t("verifyPage.wrong") } };
    case "stopped":
      return { isTrusted, errors: { form: t("verifyPage.stopped") } };
    case "full":
      return outcome.choice ? { choice: outcome.choice } : { isTrusted, errors: { form: t("loginPage.full") } };
    case "logged-in":
      return redirect(next);
    default:
      return redirect(leadingTo(await sayingOnce("/login", "too-late"), next));
  }
}
