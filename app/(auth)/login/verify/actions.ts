"use server";

import { inWords } from "@/app/ui/form/in-words";
import { takeSecondStep } from "@/lib/auth/second-factor/second-step";
import { ANYTHING, CODE, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";
import { afterStep, type VerifyState } from "./after-step";
import { wrongCode } from "./wrong-code";

/** Takes the second step of a log-in, with a code. */
export async function verify(_previous: VerifyState, form: FormData): Promise<VerifyState> {
  const { t } = words();
  const parsed = parseFields(form, { code: CODE, trust: ANYTHING, next: ANYTHING });
  const isTrusted = parsed.typed.trust === "on";
  const next = nextAddress(parsed.typed.next);
  if ("errors" in parsed) return { isTrusted, errors: inWords(parsed.errors) };

  const outcome = await takeSecondStep(parsed.fields.code, { trust: isTrusted });
  if (isTryLater(outcome)) return { isTrusted, tryLater: outcome };
  if (outcome.state === "wrong-code") return { isTrusted, errors: { code: wrongCode(parsed.fields.code, t) } };
  if (outcome.state === "stopped") return { isTrusted, errors: { form: t("verifyPage.stopped") } };
  return afterStep(outcome, { isTrusted, next });
}
