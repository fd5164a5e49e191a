"use server";

import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { requestReset } from "@/lib/auth/recovery";
import { ANYTHING, EMAIL, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { isTryLater } from "@/lib/throttle/rate-limited";

export type ForgotState = FormState<"email"> & { email?: string; sentTo?: string };

export async function requestPassword(_previous: ForgotState, form: FormData): Promise<ForgotState> {
  const parsed = parseFields(form, { email: EMAIL, next: ANYTHING });
  const { email } = parsed.typed;
  if ("errors" in parsed) return { email, errors: inWords(parsed.errors) };

  const outcome = await requestReset(parsed.fields.email, nextAddress(parsed.fields.next));
  if (isTryLater(outcome)) return { email, tryLater: outcome };
  return { sentTo: parsed.fields.email };
}
