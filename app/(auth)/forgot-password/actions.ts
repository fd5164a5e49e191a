"use server";

import type { FormState } from "@/app/ui/form-state";
import { isHindrance } from "@/lib/auth/attempt";
import { ANYTHING, EMAIL, parseFields } from "@/lib/auth/fields";
import { nextAddress } from "@/lib/auth/next-path";
import { requestReset } from "@/lib/users/recovery";

export type ForgotState = FormState<"email"> & { email?: string; sentTo?: string };

export async function requestPassword(_previous: ForgotState, form: FormData): Promise<ForgotState> {
  const parsed = parseFields(form, { email: EMAIL, next: ANYTHING });
  const { email } = parsed.typed;
  if ("errors" in parsed) return { email, errors: parsed.errors };

  const outcome = await requestReset(parsed.fields.email, nextAddress(parsed.fields.next));
  if (isHindrance(outcome)) return { email, hindrance: outcome };
  return { sentTo: parsed.fields.email };
}
