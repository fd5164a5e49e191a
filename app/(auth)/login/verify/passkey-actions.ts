"use server";

import type { Asked } from "@/app/(auth)/passkeys/asked";
import { startSecondStep, takeSecondStepByPasskey } from "@/lib/auth/passkeys/second-step";
import { ANYTHING, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";
import { afterStep, type VerifyState } from "./after-step";

/** Gets a challenge for the passkeys of the user whose password was right. */
export async function askForSecondStep(): Promise<Asked> {
  const outcome = await startSecondStep();
  return isTryLater(outcome) ? { options: null, tryLater: outcome } : { options: outcome.options };
}

/** Takes the second step of a log-in, with a passkey. */
export async function verifyWithPasskey(_previous: VerifyState, form: FormData): Promise<VerifyState> {
  const { t } = words();
  const { answer, trust, next: typed } = parseFields(form, { answer: ANYTHING, trust: ANYTHING, next: ANYTHING }).typed;
  const [isTrusted, next] = [trust === "on", nextAddress(typed)];

  const outcome = await takeSecondStepByPasskey(answer, { trust: isTrusted });
  if (isTryLater(outcome)) return { isTrusted, tryLater: outcome };
  if (outcome.state === "wrong-passkey") return { isTrusted, errors: { form: t("passkeys.wrongStep") } };
  return afterStep(outcome, { isTrusted, next });
}
