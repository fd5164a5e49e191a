"use server";

import { type Hindrance, isHindrance } from "@/lib/auth/attempt";
import { EMAIL, type Errors, parseFields } from "@/lib/auth/fields";
import { requestReset } from "@/lib/users/recovery";

export type ForgotState = { errors?: Errors<"email">; hindrance?: Hindrance; email?: string; sentTo?: string };

export async function requestPassword(_previous: ForgotState, form: FormData): Promise<ForgotState> {
  const parsed = parseFields(form, { email: EMAIL });
  const { email } = parsed.typed;
  if ("errors" in parsed) return { email, errors: parsed.errors };

  const outcome = await requestReset(parsed.fields.email);
  if (isHindrance(outcome)) return { email, hindrance: outcome };
  return { sentTo: parsed.fields.email };
}
