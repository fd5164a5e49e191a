"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form-state";
import { isHindrance } from "@/lib/auth/attempt";
import { ANYTHING, PASSWORD, parseFields, TOKEN } from "@/lib/auth/fields";
import { leadingTo } from "@/lib/auth/leading-to";
import { nextAddress } from "@/lib/auth/next-path";
import { sayingOnce } from "@/lib/session/current";
import { resetPassword } from "@/lib/users/recovery";

export type ResetState = FormState<"password" | "token"> & { isSpent?: boolean };

export async function choosePassword(_previous: ResetState, form: FormData): Promise<ResetState> {
  const parsed = parseFields(form, { token: TOKEN, password: PASSWORD, next: ANYTHING });
  if ("errors" in parsed) return { errors: parsed.errors };

  const outcome = await resetPassword(parsed.fields.token, parsed.fields.password);
  if (isHindrance(outcome)) return { hindrance: outcome };
  if (outcome.state === "weak") return { errors: { password: outcome.why } };
  if (outcome.state === "spent") return { isSpent: true };

  redirect(leadingTo(await sayingOnce("/login", "reset"), nextAddress(parsed.fields.next)));
}
